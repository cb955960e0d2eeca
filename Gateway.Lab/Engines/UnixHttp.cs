using System.Net.Sockets;

namespace Gateway.Lab.Engines;

/// <summary>HTTP over a Unix socket.</summary>
internal static class UnixHttp
{
    public static HttpClient CreateClient(string socketPath) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    })
    {
        // The host name is not used; RFC 9110 wants one.
        BaseAddress = new Uri("http://docker/"),
        Timeout = Timeout.InfiniteTimeSpan,
    };
}
