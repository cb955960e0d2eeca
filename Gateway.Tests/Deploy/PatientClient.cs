using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Lab.Networking;

namespace Gateway.Tests.Deploy;

/// <summary>
/// A client that connects, and sends its request only after the connection has had an effect. On a link without delay the request of a fast client
/// can overtake the SYN's event; that of this one cannot.
/// </summary>
internal static class PatientClient
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <param name="space">The namespace that it runs in.</param>
    /// <param name="port">On 127.0.0.1, plain HTTP.</param>
    /// <param name="came">Returns whether the effect is there.</param>
    /// <returns>The answer to GET /, head and body.</returns>
    public static Task<string> GetAsync(NetworkNamespace space, int port, Func<Task<bool>> came) => GetAsync(space, new IPEndPoint(IPAddress.Loopback, port), came);

    /// <inheritdoc cref="GetAsync(NetworkNamespace, int, Func{Task{bool}})"/>
    /// <param name="space">The namespace that it runs in.</param>
    /// <param name="server">Plain HTTP.</param>
    /// <param name="came">Returns whether the effect is there.</param>
    public static async Task<string> GetAsync(NetworkNamespace space, IPEndPoint server, Func<Task<bool>> came)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        using var socket = await space.ConnectAsync(server, limit.Token);
        while (!await came())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, limit.Token);
        }

        await socket.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray(), limit.Token);
        await using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync(limit.Token);
    }
}
