using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using Gateway.Tests.Ebpf;
using LibBpf;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Tests.LibBpf;

[Collection(KernelCollection.Name)]
public sealed class BpfRingBufferReaderTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly BpfObject _object = EchoProgram.Load();

    [Fact]
    public void Handler_Records_ComeInOrderAndWhole()
    {
        using var seen = new BlockingCollection<ulong>();
        using var ring = _object.ReadRingBuffer("ring", record =>
        {
            Assert.Equal(8, record.Length);
            seen.Add(MemoryMarshal.Read<ulong>(record));
        }, NullLogger.Instance);

        for (ulong i = 0; i < 10_000; i++)
        {
            Write(i);
            Assert.True(seen.TryTake(out var value, Patience));
            Assert.Equal(i, value);
        }
    }

    [Fact]
    public void Handler_Throws_IsLoggedAndTheNextRecordComes()
    {
        using var seen = new BlockingCollection<ulong>();
        using var logger = new Messages();
        using var ring = _object.ReadRingBuffer("ring", record =>
        {
            var value = MemoryMarshal.Read<ulong>(record);
            seen.Add(value);
            if (value == 1)
            {
                throw new InvalidOperationException("on purpose");
            }
        }, logger);

        Write(1);
        Write(2);

        Assert.True(seen.TryTake(out _, Patience));
        Assert.True(seen.TryTake(out var second, Patience));
        Assert.Equal(2UL, second);
        Assert.True(logger.Lines.TryTake(out var line, Patience));
        Assert.Equal("The handler of ring buffer ring failed; the record is lost. on purpose", line);
    }

    [Theory]
    [InlineData(false, 0)] // SCHED_OTHER
    [InlineData(true, 1)] // SCHED_FIFO
    public void Handler_Urgent_RunsBeforeOrdinaryThreads(bool urgent, int policy)
    {
        using var seen = new BlockingCollection<int>();
        using var ring = _object.ReadRingBuffer("ring", _ => seen.Add(PolicyOfThisThread()), NullLogger.Instance, urgent);
        Write(1);

        Assert.True(seen.TryTake(out var actual, Patience));
        Assert.Equal(policy, actual);
    }

    [Fact]
    public void Dispose_WhileTheThreadSleeps_Unblocks()
    {
        var ring = _object.ReadRingBuffer("ring", _ => { }, NullLogger.Instance);
        var disposing = new Thread(() =>
        {
            ring.Dispose();
            ring.Dispose();
        });
        disposing.Start();
        Assert.True(disposing.Join(Patience));
    }

    [Fact]
    public void Dispose_InTheHandler_EndsTheThread()
    {
        using var ready = new ManualResetEventSlim();
        using var done = new ManualResetEventSlim();
        BpfRingBufferReader? ring = null;
        var calls = 0;
        var before = Descriptors.Count();
        ring = _object.ReadRingBuffer("ring", _ =>
        {
            ready.Wait();
            calls++;
            ring!.Dispose();
            done.Set();
        }, NullLogger.Instance);
        Write(1);
        Write(2);
        ready.Set();

        Assert.True(done.Wait(Patience));
        using var other = _object.ReadRingBuffer("ring", _ => { }, NullLogger.Instance); // the ring can be read anew
        Assert.Equal(1, calls);
        other.Dispose();
        Assert.True(SpinWait.SpinUntil(() => Same(before, Descriptors.Count()), Patience)); // the first thread lets go as it ends
    }

    public void Dispose() => _object.Dispose();

    // proc_pid_stat(5): the 41st field; the second one, in brackets, may hold spaces.
    private static int PolicyOfThisThread() =>
        int.Parse(File.ReadAllText("/proc/thread-self/stat").Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[38], CultureInfo.InvariantCulture);

    private static bool Same(IReadOnlyDictionary<string, int> left, IReadOnlyDictionary<string, int> right) =>
        left.Count == right.Count && left.All(pair => right.GetValueOrDefault(pair.Key) == pair.Value);

    private void Write(ulong value) => EchoProgram.Write(_object, value);

    private sealed class Messages : ILogger, IDisposable
    {
        public BlockingCollection<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add($"{formatter(state, exception)} {exception?.Message}");

        public void Dispose() => Lines.Dispose();
    }
}
