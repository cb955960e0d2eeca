using System.Net;
using System.Net.Sockets;

namespace Gateway.WarmUp;

/// <summary>
/// Answers the requests of the warm-up in a function's place: each request head on a connection with <c>200</c>. It speaks HTTP/1.1 alone and
/// listens on loopback, on a port that the system chooses, until it is disposed.
/// </summary>
internal sealed class SelfServer : IAsyncDisposable
{
    private const int LongestHead = 16 * 1024;

    private static readonly byte[] Answer = [.. "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n"u8];

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _accepting;

    /// <exception cref="SocketException">The system has no port left.</exception>
    public SelfServer()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> connections = [];
        try
        {
            while (true)
            {
                connections.Add(ServeAsync(await _listener.AcceptAsync(_end.Token)));
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            try
            {
                var head = new byte[LongestHead];
                var length = 0;
                while (length < head.Length && await socket.ReceiveAsync(head.AsMemory(length), _end.Token) is > 0 and var size)
                {
                    length += size;
                    // The preface of HTTP/2 is a question whether it is spoken.
                    if (head.AsSpan(0, length).StartsWith("PRI "u8))
                    {
                        return;
                    }

                    if (head.AsSpan(0, length).EndsWith("\r\n\r\n"u8))
                    {
                        length = 0;
                        await socket.SendAsync(Answer, _end.Token);
                    }
                }
            }
            catch (Exception end) when (end is OperationCanceledException or SocketException)
            {
                // The warm-up is over.
            }
        }
    }
}
