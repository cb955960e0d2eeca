using System.Text.Json;

namespace Gateway.Forwarding.Async;

/// <summary>The folders of all functions that have one.</summary>
/// <param name="contentRoot">What relative paths begin at.</param>
/// <param name="logger">Is told of folders and files that cannot be used.</param>
internal sealed class AsyncFolders(string contentRoot, ILogger<AsyncFolders> logger)
{
    private readonly Lock _gate = new();
    private readonly List<AsyncFolder> _all = [];

    /// <summary>Opens the folder that the options of a function name, if it is not the one that it has.</summary>
    /// <returns>Returns the folder if it is another one.</returns>
    public AsyncFolder? Change(AsyncFunction function)
    {
        // Functions may have the same folder, and their names differ in more than their case.
        var path = function.Options.Folder is { } folder ? Path.Combine(Path.GetFullPath(folder, contentRoot), function.Name.ToLowerInvariant()) : null;
        if (path == function.Path && !function.IsBroken)
        {
            return null;
        }

        (function.Path, function.Folder) = (path, null);
        if (path is null)
        {
            return null;
        }

        try
        {
            var opened = new AsyncFolder(path);
            lock (_gate)
            {
                _all.Add(opened);
            }

            return function.Folder = opened;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            AsyncLog.FolderFailed(logger, function.Name, path, error.Message);
            return null;
        }
    }

    /// <summary>Reads a file, or tells that it is damaged.</summary>
    public async Task<T?> TryAsync<T>(AsyncFunction function, string id, Func<string, CancellationToken, Task<T?>> read)
        where T : class
    {
        try
        {
            return await read(id, CancellationToken.None);
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            AsyncLog.Damaged(logger, function.Name, id, error.Message);
            return null;
        }
    }

    /// <summary>Leaves the folders to the next gateway.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _all.ForEach(static folder => folder.Dispose());
            _all.Clear();
        }
    }
}
