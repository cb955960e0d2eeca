using System.Diagnostics;
using System.Runtime.InteropServices;
using Gateway.Tests.Ebpf;
using LibBpf;
using Xunit;

namespace Gateway.Tests.LibBpf;

/// <summary>A ring buffer that its owner reads: <see cref="BpfRingBuffer.Poll"/> and <see cref="BpfRingBuffer.Consume"/>.</summary>
[Collection(KernelCollection.Name)]
public sealed class BpfRingBufferTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly BpfObject _object = EchoProgram.Load();
    private readonly List<ulong> _seen = [];

    [Fact]
    public void Consume_Records_AreHandedOverInOrderOnce()
    {
        using var ring = _object.RingBuffer("ring", Note);
        Assert.Equal(0, ring.Consume());
        Write(1, 2, 3);

        Assert.Empty(_seen);
        Assert.Equal(3, ring.Consume());
        Assert.Equal([1UL, 2, 3], _seen);
        Assert.Equal(0, ring.Consume());
    }

    [Fact]
    public void Poll_RecordsAreThere_TakesThemAtOnce()
    {
        using var ring = _object.RingBuffer("ring", Note);
        Write(7, 8);
        Assert.Equal(2, ring.Poll(Timeout.InfiniteTimeSpan));
        Assert.Equal([7UL, 8], _seen);
    }

    [Fact]
    public void Poll_NothingComes_EndsWithTheTime()
    {
        using var ring = _object.RingBuffer("ring", Note);
        var started = Stopwatch.GetTimestamp();
        Assert.Equal(0, ring.Poll(TimeSpan.FromMilliseconds(120)));
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromMilliseconds(115), Patience);
        Assert.Equal(0, ring.Poll(TimeSpan.Zero));
    }

    [Fact]
    public void Poll_RecordComesWhileItWaits_Wakes()
    {
        using var ring = _object.RingBuffer("ring", Note);
        var writer = new Thread(() => Write(5));
        writer.Start();
        Assert.Equal(1, ring.Poll(Patience));
        writer.Join();
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(2_147_483_648)]
    public void Poll_TimeoutOutOfRange_Throws(long milliseconds)
    {
        using var ring = _object.RingBuffer("ring", Note);
        Assert.Throws<ArgumentOutOfRangeException>(() => ring.Poll(TimeSpan.FromMilliseconds(milliseconds)));
    }

    [Fact]
    public void Consume_HandlerThrows_ComesOutAndLaterRecordsStay()
    {
        using var ring = _object.RingBuffer("ring", record =>
        {
            Note(record);
            if (_seen is [2])
            {
                throw new InvalidOperationException("on purpose");
            }
        });
        Write(2, 3, 4);

        Assert.Equal("on purpose", Assert.Throws<InvalidOperationException>(() => ring.Consume()).Message);
        Assert.Equal([2UL], _seen);
        Assert.Equal(2, ring.Consume());
        Assert.Equal([2UL, 3, 4], _seen);
    }

    [Fact]
    public void Dispose_InTheHandler_EndsThePass()
    {
        var before = Descriptors.Count();
        BpfRingBuffer? ring = null;
        ring = _object.RingBuffer("ring", record =>
        {
            Note(record);
            ring!.Dispose();
        });
        Write(1, 2);

        Assert.Equal(1, ring.Consume());
        Assert.Equal([1UL], _seen);
        Assert.Throws<ObjectDisposedException>(() => ring.Consume());
        Assert.Throws<ObjectDisposedException>(() => ring.Poll(TimeSpan.Zero));
        Assert.Equal(before, Descriptors.Count());
    }

    [Fact]
    public void Consume_HundredsOfRecords_AllocatesNothing()
    {
        ulong sum = 0;
        using var ring = _object.RingBuffer("ring", record => sum += MemoryMarshal.Read<ulong>(record));
        Write(1);
        ring.Consume();
        ring.Poll(TimeSpan.Zero);
        Write([.. Enumerable.Repeat(1UL, 200)]);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var taken = ring.Consume();
        ring.Poll(TimeSpan.Zero);
        var after = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal((200, before), (taken, after));
        Assert.Equal(201UL, sum);
    }

    public void Dispose() => _object.Dispose();

    private void Note(ReadOnlySpan<byte> record) => _seen.Add(MemoryMarshal.Read<ulong>(record));

    private void Write(params ulong[] values)
    {
        foreach (var value in values)
        {
            EchoProgram.Write(_object, value);
        }
    }
}
