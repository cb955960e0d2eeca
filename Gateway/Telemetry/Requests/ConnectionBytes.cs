using System.Runtime.CompilerServices;

namespace Gateway.Telemetry.Requests;

/// <summary>
/// Counts the bytes of one connection to an instance. A connection has one reader and one writer at a time, so each number has one writer and needs no interlocked operation.
/// Who collects may read both meanwhile.
/// </summary>
/// <param name="of">What adds it up with the other connections of its name; null for a connection that counts for nobody.</param>
internal sealed class ConnectionBytes(RequestBytes? of) : IDisposable
{
    private long _sent;
    private long _received;

    public long Sent => Volatile.Read(ref _sent);

    public long Received => Volatile.Read(ref _received);

    public void NoteSent(int bytes) => Volatile.Write(ref _sent, _sent + bytes);

    public void NoteReceived(int bytes) => Volatile.Write(ref _received, _received + bytes);

    /// <summary>Counts what a read brings.</summary>
    public ValueTask<int> CountAsync(ValueTask<int> read)
    {
        if (!read.IsCompletedSuccessfully)
        {
            return CountLaterAsync(read);
        }

        var bytes = read.Result;
        NoteReceived(bytes);
        return new(bytes);
    }

    /// <summary>Ends the count with the connection. What a read brings while another thread closes the connection may be missed.</summary>
    public void Dispose() => of?.Close(this);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> CountLaterAsync(ValueTask<int> read)
    {
        var bytes = await read;
        NoteReceived(bytes);
        return bytes;
    }
}
