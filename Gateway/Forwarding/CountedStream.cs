using System.Net.Sockets;
using Gateway.Telemetry.Requests;

namespace Gateway.Forwarding;

/// <summary>A connection whose bytes are counted.</summary>
internal sealed class CountedStream(Socket socket, ConnectionBytes bytes) : NetworkStream(socket, ownsSocket: true)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        bytes.CountAsync(base.ReadAsync(buffer, cancellationToken));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        bytes.NoteSent(buffer.Length);
        return base.WriteAsync(buffer, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            bytes.Dispose();
        }

        base.Dispose(disposing);
    }
}
