namespace Gateway.Configuration;

/// <summary>
/// A JSON file that keeps its last good content. The framework's own provider empties itself when a reload finds the
/// file half-written, broken or gone, and the gateway would take that for a configuration without functions. It answers
/// from a tree: the framework's looks through all keys whenever somebody lists those of a section.
/// </summary>
internal sealed class LastGoodJsonProvider : ConfigurationProvider, IDisposable
{
    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly bool _optional;
    private readonly FileSystemWatcher? _watcher;
    private JsonTree _tree;
    private byte[]? _content;
    private bool _loaded;

    internal LastGoodJsonProvider(string path, bool optional)
    {
        (_path, _optional) = (path, optional);
        _tree = new JsonTree(FileName);
        var directory = Path.GetDirectoryName(path)!;
        if (Directory.Exists(directory))
        {
            // The whole directory: a Kubernetes ConfigMap changes by swapping a link beside the file.
            _watcher = new FileSystemWatcher(directory);
            _watcher.Changed += OnEvent;
            _watcher.Created += OnEvent;
            _watcher.Deleted += OnEvent;
            _watcher.Renamed += OnEvent;
            _watcher.Error += (_, _) => Refresh();
        }
    }

    /// <summary>The file's name without its directory.</summary>
    public string FileName => Path.GetFileName(_path);

    /// <summary>Why what is in the file now is not what is in use; null when it is.</summary>
    public ConfigurationError? Unreadable { get; private set; }

    /// <summary>The first call reads the file; later ones are reloads and do not throw.</summary>
    /// <exception cref="ConfigurationException">There is no such file and it is not optional, or it is not JSON.</exception>
    public override void Load()
    {
        if (_loaded)
        {
            Refresh();
            return;
        }

        // Watching comes first, so no change falls between reading and watching.
        _watcher?.EnableRaisingEvents = true;
        lock (_gate)
        {
            Read();
            _loaded = true;
            if (Unreadable is { } error)
            {
                _watcher?.EnableRaisingEvents = false;
                throw new ConfigurationException([error]);
            }
        }
    }

    /// <summary>All that the file says.</summary>
    internal ConfigurationNode Tree => Volatile.Read(ref _tree).Root;

    public override bool TryGet(string key, out string? value) => Tree.TryGet(key, out value);

    public override IEnumerable<string> GetChildKeys(IEnumerable<string> earlierKeys, string? parentPath) => Tree.ChildKeys(earlierKeys, parentPath);

    public void Dispose() => _watcher?.Dispose();

    private void OnEvent(object sender, FileSystemEventArgs change)
    {
        // Another name of the directory matters only if ours is a link, as any of them may be a part of what it leads to.
        if (change.Name == FileName || (change as RenamedEventArgs)?.OldName == FileName || new FileInfo(_path).LinkTarget is not null)
        {
            Refresh();
        }
    }

    private void Refresh()
    {
        lock (_gate)
        {
            var (tree, unreadable) = (Tree, Unreadable);
            Read();
            if (ReferenceEquals(tree, Tree) && Equals(unreadable, Unreadable))
            {
                return;
            }
        }

        OnReload();
    }

    private void Read()
    {
        try
        {
            if (!File.Exists(_path))
            {
                Missing();
                return;
            }

            var content = BoundedFile.Read(_path);
            if (_content is null || !content.AsSpan().SequenceEqual(_content))
            {
                Volatile.Write(ref _tree, JsonTree.Parse(content, FileName, _tree));
                _content = content;
            }

            Unreadable = null;
        }
        catch (FileTooLargeException exception)
        {
            Unreadable = new ConfigurationError(FileName, exception.Message, FileName);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Unreadable = new ConfigurationError(FileName, $"cannot be read ({exception.Message.TrimEnd('.')}); correct the file.", FileName);
        }
        catch (Exception exception)
        {
            // Called by the watcher's thread, where an exception would end the process.
            Unreadable = StartupErrors.DescribeJson(FileName, exception);
        }
    }

    private void Missing()
    {
        Unreadable = (_content, _optional) switch
        {
            (not null, _) => new ConfigurationError(FileName, "the file is gone; put it back.", FileName),
            (null, false) => new ConfigurationError(FileName, $"no such file in {Path.GetDirectoryName(_path)}; write one.", FileName),
            _ => null,
        };
    }
}
