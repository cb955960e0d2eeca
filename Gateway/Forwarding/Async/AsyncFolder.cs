using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Forwarding.Async;

/// <summary>
/// A folder with the requests and answers of a function: each is a file, which is written under another name and renamed when it is on the disk. Only the gateway's user can read them.
/// </summary>
/// <remarks>
/// While an old gateway ends beside a new one, both have the folder. What is in it belongs to who has locked it (flock(2)), and to nobody else once that process is gone, however it ended.
/// </remarks>
internal sealed partial class AsyncFolder : IDisposable
{
    private const string RequestEnd = ".request.json", AnswerEnd = ".answer.json", Unfinished = ".tmp";
    private const UnixFileMode Files = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int LOCK_EX = 2;

    // What another gateway has left unfinished, nobody finishes.
    private readonly string _unfinished = $".{Guid.NewGuid():N}{Unfinished}";
    private readonly string _path;
    private readonly SafeFileHandle _lock;

    /// <summary>Makes the folder if it is missing.</summary>
    /// <exception cref="IOException">The folder cannot be made or used.</exception>
    /// <exception cref="UnauthorizedAccessException">The gateway may not use it.</exception>
    public AsyncFolder(string path)
    {
        _path = path;
        Directory.CreateDirectory(path, Files | UnixFileMode.UserExecute);
        // .NET would lock the file itself, and fail if another process has.
        _lock = File.OpenHandle(Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
    }

    /// <summary>Waits until no other gateway has the folder, on a thread of its own, since the kernel tells of it in no other way.</summary>
    public Task LockAsync()
    {
        var locked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                while (Flock(_lock, LOCK_EX) != 0)
                {
                    const int EINTR = 4;
                    if (Marshal.GetLastPInvokeError() is not EINTR and var error)
                    {
                        throw new IOException($"The folder cannot be locked: {Marshal.GetPInvokeErrorMessage(error)}.");
                    }
                }

                locked.SetResult();
            }
            catch (Exception error) when (error is IOException or ObjectDisposedException)
            {
                locked.SetException(error);
            }
        })
        { IsBackground = true, Name = "async requests" }.Start();
        return locked.Task;
    }

    /// <summary>Returns the ids of all requests without an answer, the oldest first, and of all answers.</summary>
    public (IReadOnlyList<string> Requests, IReadOnlyList<string> Answers) Find()
    {
        foreach (var unfinished in Directory.EnumerateFiles(_path, "*" + Unfinished).Where(file => !file.EndsWith(_unfinished, StringComparison.Ordinal)))
        {
            File.Delete(unfinished);
        }

        string[] answers = [.. Ids(AnswerEnd)];
        return ([.. Ids(RequestEnd).Except(answers)], answers);
    }

    public Task WriteAsync(KeptRequest request, CancellationToken cancellationToken) => WriteAsync(request.Id + RequestEnd, request, AsyncJson.Default.KeptRequest, cancellationToken);

    /// <summary>Writes an answer, and forgets the request.</summary>
    public async Task WriteAsync(string id, KeptAnswer answer, CancellationToken cancellationToken)
    {
        await WriteAsync(id + AnswerEnd, answer, AsyncJson.Default.KeptAnswer, cancellationToken);
        File.Delete(Path.Combine(_path, id + RequestEnd));
    }

    /// <summary>Returns a request, or null if there is none.</summary>
    /// <exception cref="JsonException">The file is damaged.</exception>
    public Task<KeptRequest?> ReadRequestAsync(string id, CancellationToken cancellationToken) => ReadAsync(id + RequestEnd, AsyncJson.Default.KeptRequest, cancellationToken);

    /// <summary>Returns an answer, or null if there is none.</summary>
    /// <exception cref="JsonException">The file is damaged.</exception>
    public Task<KeptAnswer?> ReadAnswerAsync(string id, CancellationToken cancellationToken) => ReadAsync(id + AnswerEnd, AsyncJson.Default.KeptAnswer, cancellationToken);

    /// <summary>Forgets a request and its answer.</summary>
    public void Delete(string id)
    {
        try
        {
            File.Delete(Path.Combine(_path, id + RequestEnd));
            File.Delete(Path.Combine(_path, id + AnswerEnd));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The folder cannot be written any more, which each request that is to be kept tells of.
        }
    }

    public void Dispose() => _lock.Dispose();

    private IEnumerable<string> Ids(string end) => Directory.EnumerateFiles(_path, "*" + end).Select(file => Path.GetFileName(file)[..^end.Length]).Where(AsyncRequest.IsId).Order(StringComparer.Ordinal);

    private async Task WriteAsync<T>(string name, T content, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var path = Path.Combine(_path, name);
        var unfinished = path + _unfinished;
        try
        {
            await using (var stream = new FileStream(unfinished, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = Files, Options = FileOptions.Asynchronous }))
            {
                await JsonSerializer.SerializeAsync(stream, content, type, cancellationToken);
                await stream.FlushAsync(cancellationToken);
                await Task.Run(() => stream.Flush(flushToDisk: true), cancellationToken);
            }

            File.Move(unfinished, path, overwrite: true);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }

    private async Task<T?> ReadAsync<T>(string name, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = File.OpenRead(Path.Combine(_path, name));
            return await JsonSerializer.DeserializeAsync(stream, type, cancellationToken);
        }
        catch (FileNotFoundException)
        {
            return default;
        }
    }

    // #include <sys/file.h>
    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle file, int operation);
}
