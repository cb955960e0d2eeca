using System.Net.Sockets;

namespace Gateway.Model;

/// <summary>A connection whose users go on on threads of the pool (<see cref="PoolThread"/>), whatever they do next.</summary>
internal sealed class PooledStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = base.ReadAsync(buffer, cancellationToken);
        return read.IsCompleted ? read : ReadLaterAsync(read);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var write = base.WriteAsync(buffer, cancellationToken);
        return write.IsCompleted ? write : WriteLaterAsync(write);
    }

    private static async ValueTask<int> ReadLaterAsync(ValueTask<int> read)
    {
        try
        {
            return await read;
        }
        finally
        {
            await PoolThread.EnterAsync();
        }
    }

    private static async ValueTask WriteLaterAsync(ValueTask write)
    {
        try
        {
            await write;
        }
        finally
        {
            await PoolThread.EnterAsync();
        }
    }
}
