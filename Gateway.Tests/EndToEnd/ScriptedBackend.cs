using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Lab.Networking;

namespace Gateway.Tests.EndToEnd;

/// <summary>A backend whose answers are written by a test: the bytes for one request on each connection, given the request's head.</summary>
internal sealed class ScriptedBackend : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _serving;

    private ScriptedBackend(Socket listener, Func<string, NetworkStream, Task> answer)
    {
        _listener = listener;
        _serving = ServeAsync(answer);
    }

    /// <summary>The number of requests that have come so far.</summary>
    public int Requests { get; private set; }

    /// <summary>Starts a backend on 127.0.0.1.</summary>
    /// <param name="space">The network namespace in which it listens.</param>
    /// <param name="port">The port.</param>
    /// <param name="answer">Writes the answer to a request, given its head. The connection is closed afterwards.</param>
    public static ScriptedBackend Start(NetworkNamespace space, int port, Func<string, NetworkStream, Task> answer) =>
        new(space.Listen(new IPEndPoint(IPAddress.Loopback, port)), answer);

    /// <summary>Returns a function that always writes the same answer.</summary>
    public static Func<string, NetworkStream, Task> Always(string answer) => (_, stream) => stream.WriteAsync(Encoding.ASCII.GetBytes(answer)).AsTask();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _serving;
        _end.Dispose();
    }

    private async Task ServeAsync(Func<string, NetworkStream, Task> answer)
    {
        try
        {
            while (true)
            {
                _ = OneAsync(await _listener.AcceptAsync(_end.Token), answer);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task OneAsync(Socket socket, Func<string, NetworkStream, Task> answer)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            var head = new StringBuilder();
            var buffer = new byte[4096];
            while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
            {
                var size = await stream.ReadAsync(buffer, _end.Token);
                if (size == 0)
                {
                    return;
                }

                head.Append(Encoding.ASCII.GetString(buffer, 0, size));
            }

            Requests++;
            await answer(head.ToString(), stream);
        }
        catch (Exception end) when (end is OperationCanceledException or IOException)
        {
            // The test is over, or its client has gone away.
        }
    }
}
