using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Gateway.Lab.Hosts;

/// <summary>Makes the client of a gateway's admin endpoint: by TCP, by TLS with any certificate, or by a unix socket.</summary>
internal static class AdminClient
{
    public static HttpClient Create(GatewayProcessOptions options)
    {
        var url = options.AdminUrl;
        var socket = url.Scheme == "unix" ? url.LocalPath : null;
        var handler = new SocketsHttpHandler { UseProxy = false };
#pragma warning disable CA5359 // The lab's own certificate, whatever the name.
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        if (socket is not null || options.Namespace is not null)
        {
            handler.ConnectCallback = async (context, cancellationToken) => new NetworkStream(
                socket is not null ? await ConnectAsync(socket, cancellationToken)
                : await options.Namespace!.ConnectAsync(new IPEndPoint(IPAddress.TryParse(context.DnsEndPoint.Host, out var address) ? address : IPAddress.Loopback, context.DnsEndPoint.Port), cancellationToken),
                ownsSocket: true);
        }

        var client = new HttpClient(handler) { BaseAddress = socket is null ? url : new Uri("http://localhost") };
        if (options.Settings["Gateway"]?["Admin"]?["Token"] is JsonValue token)
        {
            client.DefaultRequestHeaders.Authorization = new("Bearer", token.GetValue<string>());
        }

        return client;
    }

    private static async Task<Socket> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
