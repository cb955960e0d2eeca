using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Lab.Networking;

namespace Gateway.Lab.Benchmarks.Flood;

/// <summary>A client that opens a connection for each request, and times it from the connection to the first byte of the answer.</summary>
internal sealed class HonestClient(NetworkNamespace space, IPAddress server, int firstPort)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private static readonly byte[] s_request = Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n");

    /// <returns>Returns milliseconds, or null if the answer was not 200 or did not come.</returns>
    public async Task<double?> AskAsync(int function, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_patience);
        var began = Stopwatch.GetTimestamp();
        try
        {
            using var connection = await space.ConnectAsync(new IPEndPoint(server, firstPort + function), limit.Token);
            await connection.SendAsync(s_request, limit.Token);
            var answer = new byte[1024];
            var size = await connection.ReceiveAsync(answer, limit.Token);
            return answer.AsSpan(0, size).StartsWith("HTTP/1.1 200"u8) ? Stopwatch.GetElapsedTime(began).TotalMilliseconds : null;
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Asks functions, one after the other and evenly over the time.</summary>
    /// <param name="functions">The functions.</param>
    /// <param name="time">How long all of it takes.</param>
    /// <returns>Returns what <see cref="AskAsync"/> returned for each.</returns>
    public async Task<IReadOnlyList<double?>> AskAllAsync(IReadOnlyList<int> functions, TimeSpan time, CancellationToken cancellationToken)
    {
        List<double?> times = [];
        using var pace = new PeriodicTimer(time / functions.Count);
        foreach (var function in functions)
        {
            times.Add(await AskAsync(function, cancellationToken));
            await pace.WaitForNextTickAsync(cancellationToken);
        }

        return times;
    }
}
