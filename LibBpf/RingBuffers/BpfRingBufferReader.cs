using System.Runtime.InteropServices;
using LibBpf.Native;
using Microsoft.Extensions.Logging;

namespace LibBpf;

/// <summary>
/// A <see cref="BpfRingBufferReader"/> reads a ring buffer on a thread of its own, which sleeps until the kernel has something. The handler runs on that thread:
/// while it blocks, the ring fills, and programs are refused further records. What the handler throws is logged.
/// </summary>
public sealed unsafe partial class BpfRingBufferReader : IDisposable
{
    private readonly string _name;
    private readonly RingBufferHandler _handler;
    private readonly ILogger _logger;
    private readonly FileDescriptor _stop;
    private readonly BpfRingBuffer _ring;
    private readonly Thread _thread;
    private readonly bool _urgent;
    private int _disposed;

    internal BpfRingBufferReader(BpfMap map, RingBufferHandler handler, ILogger logger, bool urgent)
    {
        ArgumentNullException.ThrowIfNull(handler);
        ArgumentNullException.ThrowIfNull(logger);
        (_name, _handler, _logger, _urgent) = (map.Name, handler, logger, urgent);
        _stop = new FileDescriptor(BpfError.CheckErrno(NativeLibC.eventfd(0, NativeLibCFlags.EFD_CLOEXEC | NativeLibCFlags.EFD_NONBLOCK), "making an eventfd"));
        try
        {
            _ring = new BpfRingBuffer(map, Deliver);
        }
        catch
        {
            _stop.Dispose();
            throw;
        }
        _thread = new Thread(Read) { IsBackground = true, Name = $"bpf ring {_name}" };
        _thread.Start();
    }

    /// <summary>
    /// Ends the thread, wherever it waits. When this returns the handler is not running and will not be called again, unless the
    /// handler itself is the caller.
    /// </summary>
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
            _ = NativeLibC.write(_stop, &one, sizeof(ulong));
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
        }
    }

    private void ReadUntilStopped()
    {
        if (_urgent)
        {
            // Refused without the privilege, and then later by some hundred microseconds on a busy machine.
            var lowest = 1;
            _ = NativeLibC.sched_setscheduler(0, NativeLibCFlags.SCHED_FIFO | NativeLibCFlags.SCHED_RESET_ON_FORK, &lowest);
        }

        var fds = stackalloc pollfd[2];
        fds[0] = new pollfd { fd = _ring.EpollDescriptor, events = NativeLibCFlags.POLLIN };
        fds[1] = new pollfd { fd = _stop.Number, events = NativeLibCFlags.POLLIN };
        while (Volatile.Read(ref _disposed) == 0)
        {
            var ready = NativeLibC.poll(fds, 2, -1);
            var errno = Marshal.GetLastPInvokeError();
            if (ready < 0 && errno != ErrnoCodes.EINTR)
            {
                ReaderFailed(_logger, _name, ErrnoCodes.Describe(errno));
                return;
            }
            if (ready > 0 && fds[0].revents != 0 && !TryConsume())
            {
                return;
            }
        }
    }

    private bool TryConsume()
    {
        try
        {
            _ring.Consume();
            return true;
        }
        catch (BpfException e)
        {
            ReaderFailed(_logger, _name, ErrnoCodes.Describe(e.Errno));
            return false;
        }
    }

    private void Deliver(ReadOnlySpan<byte> record)
    {
        try
        {
            if (Volatile.Read(ref _disposed) == 0)
            {
                _handler(record);
            }
        }
        catch (Exception e)
        {
            HandlerFailed(_logger, _name, e);
        }
    }

    [LoggerMessage(101, LogLevel.Error, "The handler of ring buffer {Name} failed; the record is lost.", EventName = "RingHandlerFailed")]
    private static partial void HandlerFailed(ILogger logger, string name, Exception exception);

    [LoggerMessage(102, LogLevel.Critical, "Reading the ring buffer {Name} failed with {Error}; no more records will come.", EventName = "RingReaderFailed")]
    private static partial void ReaderFailed(ILogger logger, string name, string error);
}
