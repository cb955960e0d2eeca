using System.Buffers.Text;
using System.Security.Cryptography;
using Gateway.Configuration;
using Gateway.Model;

namespace Gateway.Forwarding.Async;

/// <summary>A kept request and what becomes of it. Its bodies are in the memory, or in its function's folder.</summary>
internal sealed class AsyncRequest : IDisposable
{
    private const int Random = 16, IdLength = 12 + 22;

    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _forgotten = new();
    private readonly AsyncFolder? _folder;
    private KeptRequest _request;
    private KeptAnswer? _answer;

    private AsyncRequest(KeptRequest request, AsyncFolder? folder, ClientGroup client) =>
        (_request, _folder, Client, Forgotten) = (request, folder, client, _forgotten.Token);

    public string Id => _request.Id;

    public string Function => _request.Function;

    /// <summary>Whom it counts for.</summary>
    public ClientGroup Client { get; }

    /// <summary>Where the answer is posted to, or null.</summary>
    public Uri? Callback => _request.Callback;

    public DateTimeOffset Accepted => _request.Accepted;

    public AsyncState State { get; set; }

    /// <summary>How often the function has got it.</summary>
    public int Attempts { get; set; }

    /// <summary>How much its bodies take, in bytes.</summary>
    public long Size { get; set; }

    /// <summary>Is over when it has its answer.</summary>
    public Task Done => _done.Task;

    /// <summary>Is cancelled when nobody wants it any more.</summary>
    public CancellationToken Forgotten { get; }

    /// <summary>Forgets the answer when it has been kept for long enough.</summary>
    public ITimer? Expiry { get; set; }

    /// <summary>Returns an id: the time, so that ids sort by it, and 128 random bits, so that nobody guesses one.</summary>
    public static string NewId(DateTimeOffset now) => $"{now.ToUnixTimeMilliseconds():x12}{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Random))}";

    /// <summary>Returns whether a text looks like an id, so that it can be the name of a file.</summary>
    public static bool IsId(string text) => text.Length == IdLength && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    /// <summary>Keeps a request.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static async Task<AsyncRequest> KeepAsync(KeptRequest request, AsyncFolder? folder, ClientGroup client, CancellationToken cancellationToken)
    {
        if (folder is not null)
        {
            await folder.WriteAsync(request, cancellationToken);
        }

        return new AsyncRequest(folder is null ? request : Stub(request), folder, client) { Size = request.Body.Length };
    }

    /// <summary>Returns a request that was found in a folder.</summary>
    public static AsyncRequest Found(KeptRequest request, AsyncFolder folder, ClientGroup client) =>
        new(Stub(request), folder, client) { Size = request.Body.Length };

    /// <summary>Returns a request that was found in a folder with its answer. What was asked is not known any more.</summary>
    public static AsyncRequest Found(string id, string function, KeptAnswer answer, AsyncFolder folder)
    {
        var request = new KeptRequest { Id = id, Function = function, Route = "", Method = "", Scheme = "", Host = "", Path = "", Query = "", Target = "", Headers = [], Body = [], TraceId = "", Accepted = answer.Completed };
        var found = new AsyncRequest(request, folder, default) { Size = answer.Body.Length, State = AsyncState.Done };
        found._done.SetResult();
        return found;
    }

    /// <summary>Returns the request with its body.</summary>
    public async Task<KeptRequest?> ReadAsync(CancellationToken cancellationToken) => _folder is null ? _request : await _folder.ReadRequestAsync(Id, cancellationToken);

    /// <summary>Returns the answer, or null if there is none.</summary>
    public async Task<KeptAnswer?> ReadAnswerAsync(CancellationToken cancellationToken) => _answer ?? (_folder is null ? null : await _folder.ReadAnswerAsync(Id, cancellationToken));

    /// <summary>Keeps the answer in the place of the request. One that cannot be written to the folder is kept in the memory, and its request stays in the folder.</summary>
    /// <returns>Returns why it could not be written, or null if it was.</returns>
    public async Task<string?> KeepAsync(KeptAnswer answer)
    {
        _request = Stub(_request);
        if (_folder is null)
        {
            _answer = answer;
            return null;
        }

        try
        {
            await _folder.WriteAsync(Id, answer, CancellationToken.None);
            _answer = null;
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _answer = answer;
            return error.Message;
        }
    }

    /// <summary>Waits until it has its answer or is forgotten, for a while.</summary>
    public async Task WaitAsync(TimeSpan longest, TimeProvider time, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Forgotten);
        await Done.WaitAsync(longest, time, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Says that the answer is there.</summary>
    public void Complete()
    {
        State = AsyncState.Done;
        _done.TrySetResult();
    }

    /// <summary>Forgets it, wherever it is. What was written since it was forgotten for the first time is removed too.</summary>
    public void Forget()
    {
        if (!Forgotten.IsCancellationRequested)
        {
            _forgotten.Cancel();
            Dispose();
        }

        _answer = null;
        _folder?.Delete(Id);
    }

    public void Dispose()
    {
        Expiry?.Dispose();
        _forgotten.Dispose();
    }

    public AsyncView View => new(Id, State, Accepted, Attempts);

    /// <summary>Returns how long a request may still wait.</summary>
    public static TimeSpan Left(AsyncOptions options, DateTimeOffset accepted, DateTimeOffset now) =>
        accepted + options.Timeout - now is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    // What was asked is in the folder, or does not matter any more.
    private static KeptRequest Stub(KeptRequest request) => request with { Headers = [], Body = [], Target = "", Query = "" };
}
