namespace Gateway.Configuration;

/// <summary>
/// Provides the content of a JSON file, and keeps the last good one. The framework's own provider empties itself when a reload finds the file half
/// written, broken or gone, which would look like a configuration without functions. This one also answers from a tree, where the framework's
/// looks through all keys to list those of a section.
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
            // The whole directory is watched, because a Kubernetes ConfigMap changes by a swap of a link beside the file.
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

    /// <summary>Why the file's present content cannot be used, or null if it is in use.</summary>
    public ConfigurationError? Unreadable { get; private set; }

    /// <summary>Reads the file. Calls after the first one are reloads, which do not throw.</summary>
    /// <exception cref="ConfigurationException">The file cannot be read, is too large or not JSON, or is missing and not optional.</exception>
    public override void Load()
    {
        if (_loaded)
        {
            Refresh();
            return;
        }

        // Watching begins before reading, so that no change is missed in between.
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

    /// <summary>The root of the file's keys: the last good content.</summary>
    internal ConfigurationNode Tree => Volatile.Read(ref _tree).Root;

    public override bool TryGet(string key, out string? value) => Tree.TryGet(key, out value);

    public override IEnumerable<string> GetChildKeys(IEnumerable<string> earlierKeys, string? parentPath) => Tree.ChildKeys(earlierKeys, parentPath);

    public void Dispose() => _watcher?.Dispose();

    private void OnEvent(object sender, FileSystemEventArgs change)
    {
        // Other names in the directory matter only if the file is a link, because any of them may be on the way to what it leads to.
        if (change.Name == FileName || (change as RenamedEventArgs)?.OldName == FileName || new FileInfo(_path).LinkTarget is not null)
        {
            Refresh();
        }
    }

    /// <summary>Reads the file, and triggers the reload token if its content or <see cref="Unreadable"/> has changed.</summary>
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
            // This runs on the watcher's thread, where an exception would end the process.
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
