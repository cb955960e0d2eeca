using System.Runtime.InteropServices;
using Gateway.Ebpf.Native;
using Microsoft.Extensions.Logging;

namespace Gateway.Ebpf;

/// <summary>Takes one record. The span is the kernel's own memory: it must not be kept.</summary>
public delegate void RingBufferHandler(ReadOnlySpan<byte> record);

/// <summary>
/// Reads a ring buffer on a thread of its own, which sleeps until the kernel has something. The handler runs on that thread:
/// while it blocks, the ring fills and the kernel counts what it could not say. What it throws is logged.
/// </summary>
public sealed unsafe partial class BpfRingBuffer : IDisposable
{
    private readonly string _name;
    private readonly RingBufferHandler _handler;
    private readonly ILogger _logger;
    private readonly FileDescriptor _stop;
    private readonly RingBufferHandle _ring;
    private readonly GCHandle _self;
    private readonly Thread _thread;
    private readonly bool _urgent;
    private int _disposed;

    /// <param name="map">A ring buffer map.</param>
    /// <param name="handler">Called for each record, in order.</param>
    /// <param name="logger">Told of what fails on the thread.</param>
    /// <param name="urgent">
    /// The thread runs as soon as the kernel wakes it, before every ordinary thread of the machine (SCHED_FIFO at its lowest
    /// priority, sched(7)), where the process may ask for that (CAP_SYS_NICE or RLIMIT_RTPRIO); else as other threads do.
    /// Only for handlers that take microseconds and never block.
    /// </param>
    internal BpfRingBuffer(BpfMap map, RingBufferHandler handler, ILogger logger, bool urgent)
    {
        _urgent = urgent;
        _name = map.RequireType(BpfMapType.BPF_MAP_TYPE_RINGBUF).Name;
        _handler = handler;
        _logger = logger;
        _stop = new FileDescriptor(BpfError.CheckErrno(LibC.eventfd(0, LibCFlags.EFD_CLOEXEC | LibCFlags.EFD_NONBLOCK), "making an eventfd"));
        _self = GCHandle.Alloc(this);
        try
        {
            using var lease = map.Lease();
            var ring = LibBpf.ring_buffer__new(map.Descriptor, &OnRecord, GCHandle.ToIntPtr(_self), null);
            _ring = new RingBufferHandle(BpfError.CheckPointer(ring, $"opening the ring buffer {_name}"));
        }
        catch
        {
            _stop.Dispose();
            _self.Free();
            throw;
        }
        _thread = new Thread(Read) { IsBackground = true, Name = $"bpf ring {_name}" };
        _thread.Start();
    }

    /// <summary>Ends the thread, wherever it waits. When this returns the handler is not running and will not be called again, unless the handler itself is the caller.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }
        Wake();
        if (Thread.CurrentThread != _thread)
        {
            _thread.Join();
        }
    }

    private void Wake()
    {
        try
        {
            ulong one = 1;
            _ = LibC.write(_stop, &one, sizeof(ulong));
        }
        catch (ObjectDisposedException)
        {
            // The thread has failed and gone already.
        }
    }

    // The thread releases what it uses, so that Dispose inside the handler pulls nothing away from under it.
    private void Read()
    {
        try
        {
            ReadUntilStopped();
        }
        finally
        {
            _ring.Dispose();
            _stop.Dispose();
            _self.Free();
        }
    }

    private void ReadUntilStopped()
    {
        if (_urgent)
        {
            // Refused without the privilege, and then later by some hundred microseconds on a busy machine.
            var lowest = 1;
            _ = LibC.sched_setscheduler(0, LibCFlags.SCHED_FIFO | LibCFlags.SCHED_RESET_ON_FORK, &lowest);
        }

        var fds = stackalloc pollfd[2];
        fds[0] = new pollfd { fd = LibBpf.ring_buffer__epoll_fd(_ring), events = LibCFlags.POLLIN };
        fds[1] = new pollfd { fd = _stop.Number, events = LibCFlags.POLLIN };
        while (Volatile.Read(ref _disposed) == 0)
        {
            var ready = LibC.poll(fds, 2, -1);
            var errno = Marshal.GetLastPInvokeError();
            if (ready < 0 && errno != ErrnoNames.EINTR)
            {
                ReaderFailed(_logger, _name, ErrnoNames.Describe(errno));
                return;
            }
            if (ready > 0 && fds[0].revents != 0)
            {
                LibBpf.ring_buffer__consume(_ring);
            }
        }
    }

    [UnmanagedCallersOnly]
    private static int OnRecord(nint context, void* data, nuint size)
    {
        var ring = (BpfRingBuffer)GCHandle.FromIntPtr(context).Target!;
        try
        {
            if (Volatile.Read(ref ring._disposed) == 0)
            {
                ring._handler(new ReadOnlySpan<byte>(data, (int)size));
            }
        }
        catch (Exception e)
        {
            HandlerFailed(ring._logger, ring._name, e);
        }
        return 0;
    }

    [LoggerMessage(101, LogLevel.Error, "The handler of ring buffer {Name} failed; the record is lost.", EventName = "RingHandlerFailed")]
    private static partial void HandlerFailed(ILogger logger, string name, Exception exception);

    [LoggerMessage(102, LogLevel.Critical, "Reading the ring buffer {Name} failed with {Error}; no more records will come.", EventName = "RingReaderFailed")]
    private static partial void ReaderFailed(ILogger logger, string name, string error);
}
