using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Lab.Networking;

namespace Gateway.Tests.Telemetry;

/// <summary>A request as it came.</summary>
/// <param name="Head">Its first line and its headers, with the empty line.</param>
/// <param name="Body">Its body.</param>
/// <param name="At">When it had come, by <see cref="TimeProvider.GetTimestamp"/>.</param>
internal sealed record ReceivedRequest(string Head, byte[] Body, long At)
{
    /// <summary>Returns the value of a header, or null if there is none.</summary>
    public string? Header(string name) =>
        Head.Split("\r\n").FirstOrDefault(line => line.StartsWith($"{name}:", StringComparison.OrdinalIgnoreCase)) is { } line ? line[(name.Length + 1)..].Trim() : null;
}

/// <summary>A server of HTTP/1.1 by sockets: it takes requests with a Content-Length, and answers with the bytes that a test says.</summary>
internal sealed class HttpReceiver : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly Func<ReceivedRequest, string?> _answer;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _accepting;
    private int _pending;

    /// <param name="listener">Its socket, which it owns.</param>
    /// <param name="answer">Takes a request, and returns the answer; null for none, however long the client waits.</param>
    public HttpReceiver(Socket listener, Func<ReceivedRequest, string?> answer)
    {
        (_listener, _answer) = (listener, answer);
        _accepting = AcceptAsync();
    }

    public HttpReceiver(NetworkNamespace space, int port, Func<ReceivedRequest, string?> answer)
        : this(space.Listen(new IPEndPoint(IPAddress.Loopback, port)), answer)
    {
    }

    /// <summary>Whether two requests were ever under way at once.</summary>
    public bool HasOverlapped { get; private set; }

    /// <summary>Returns an answer.</summary>
    /// <param name="status">The status and its words.</param>
    /// <param name="more">Headers, each with its line end.</param>
    /// <param name="body">The body.</param>
    public static string Answer(string status, string more = "", string body = "") =>
        string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status}\r\n{more}Content-Length: {body.Length}\r\n\r\n{body}");

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Dispose();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ended.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            _ = ServeAsync(await _listener.AcceptAsync(_ended.Token));
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var connection = new NetworkStream(client, ownsSocket: true);
        var head = new StringBuilder();
        var one = new byte[1];
        while (await connection.ReadAsync(one, _ended.Token) == 1)
        {
            head.Append((char)one[0]);
            if (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                continue;
            }

            HasOverlapped |= Interlocked.Increment(ref _pending) > 1;
            var request = new ReceivedRequest(head.ToString(), [], 0);
            var body = new byte[int.Parse(request.Header("Content-Length")!, CultureInfo.InvariantCulture)];
            await connection.ReadExactlyAsync(body, _ended.Token);
            head.Clear();
            if (_answer(request with { Body = body, At = TimeProvider.System.GetTimestamp() }) is { } answer)
            {
                Interlocked.Decrement(ref _pending);
                await connection.WriteAsync(Encoding.UTF8.GetBytes(answer), _ended.Token);
                continue;
            }

            // The client closes the connection when it has waited for long enough.
            try
            {
                HasOverlapped |= await connection.ReadAsync(one, _ended.Token) > 0;
            }
            catch (IOException)
            {
                // That may be a reset.
            }

            Interlocked.Decrement(ref _pending);
            return;
        }
    }
}
