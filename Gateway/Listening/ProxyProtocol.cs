using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Gateway.Configuration;
using Microsoft.AspNetCore.Connections;
using ReadResult = System.IO.Pipelines.ReadResult;

namespace Gateway.Listening;

/// <summary>
/// Takes the header of the PROXY protocol off the connections of load balancers (<c>Gateway:ProxyProtocol</c>), before anything else reads from
/// them, and makes the client that it names the remote end of the connection.
/// </summary>
internal sealed class ProxyProtocol(ConfigurationMonitor configuration, ConnectionReports reports, TimeProvider time)
{
    /// <summary>Returns whether connections from an address have to begin with a header.</summary>
    public bool Expects(EndPoint? remote) =>
        !configuration.Current.ProxyProtocol.From.IsEmpty && remote is IPEndPoint { Address: var address } && configuration.Current.ProxyProtocol.From.Contains(address);

    /// <summary>Reads the header of a connection. It is consumed, and nothing behind it.</summary>
    /// <returns>Returns false if there is none, it is wrong or did not arrive in time. The connection has to be closed then.</returns>
    public async ValueTask<bool> AcceptAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        await using var limit = time.CreateTimer(
            static state => ((PipeReader)state!).CancelPendingRead(), input, configuration.Current.ProxyProtocol.Timeout, Timeout.InfiniteTimeSpan);
        while (true)
        {
            var read = await input.ReadAsync();
            var outcome = Read(read.Buffer, out var length, out var client);
            if (outcome is ProxyHeaderOutcome.Client or ProxyHeaderOutcome.Nobody)
            {
                input.AdvanceTo(read.Buffer.GetPosition(length));
                connection.RemoteEndPoint = client ?? connection.RemoteEndPoint;
                return true;
            }

            if (outcome == ProxyHeaderOutcome.Invalid || read.IsCompleted || read.IsCanceled)
            {
                input.AdvanceTo(read.Buffer.Start);
                Refused(connection.RemoteEndPoint, read, outcome);
                return false;
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static ProxyHeaderOutcome Read(ReadOnlySequence<byte> buffer, out int length, out IPEndPoint? client)
    {
        if (buffer.IsSingleSegment)
        {
            return ProxyHeader.Read(buffer.FirstSpan, out length, out client);
        }

        Span<byte> bytes = stackalloc byte[ProxyHeader.LongestBinary];
        bytes = bytes[..(int)Math.Min(buffer.Length, bytes.Length)];
        buffer.Slice(0, bytes.Length).CopyTo(bytes);
        return ProxyHeader.Read(bytes, out length, out client);
    }

    private void Refused(EndPoint? remote, ReadResult read, ProxyHeaderOutcome outcome)
    {
        var why = outcome == ProxyHeaderOutcome.Invalid ? "its first bytes are none" : read.IsCanceled ? "it did not come in time" : "the connection ended before it came";
        reports.NoProxyHeader((remote as IPEndPoint)?.Address.ToString() ?? "?", why);
    }
}
