using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Gateway.Lab.Networking;

namespace Gateway.Lab.Benchmarks.Signal;

/// <summary>A request over TLS 1.3 on a connection of its own that notes when its ClientHello is written.</summary>
internal static class TimedHello
{
    /// <returns>When the hello went to the socket.</returns>
    /// <exception cref="LabException">The answer is not 200.</exception>
    public static async Task<DateTimeOffset> RequestAsync(NetworkNamespace client, IPEndPoint server, string host, CancellationToken cancellationToken)
    {
        await using var connection = new NotingStream(await client.ConnectAsync(server, cancellationToken));
#pragma warning disable CA5359 // The lab's own certificate: what is asked is the time.
        await using var secured = new SslStream(connection, leaveInnerStreamOpen: true, static (_, _, _, _) => true);
#pragma warning restore CA5359
        await secured.AuthenticateAsClientAsync(new() { TargetHost = host, EnabledSslProtocols = SslProtocols.Tls13 }, cancellationToken);
        await secured.WriteAsync(Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"), cancellationToken);
        using var reader = new StreamReader(secured, Encoding.ASCII);
        var answer = await reader.ReadToEndAsync(cancellationToken);
        return answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal)
            ? connection.FirstWrite
            : throw new LabException($"The gateway answered '{answer[..Math.Min(60, answer.Length)]}'");
    }

    private sealed class NotingStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
    {
        public DateTimeOffset FirstWrite { get; private set; }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (FirstWrite == default)
            {
                FirstWrite = TimeProvider.System.GetUtcNow();
            }

            return base.WriteAsync(buffer, cancellationToken);
        }
    }
}
