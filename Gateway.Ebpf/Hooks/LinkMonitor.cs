using System.Runtime.InteropServices;
using Gateway.Ebpf.Native;
using LibBpf;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Ebpf.Hooks;

/// <summary>Hears of the network interfaces of the calling thread's namespace, on a thread of its own that sleeps until the kernel says something.</summary>
internal sealed unsafe partial class LinkMonitor : IDisposable
{
    private const int ENOBUFS = 105; // asm-generic/errno.h

    private readonly Action<LinkChange> _handler;
    private readonly Action _lost;
    private readonly ILogger _logger;
    private readonly SafeFileHandle _socket;
    private readonly SafeFileHandle _stop;
    private readonly Thread _thread;
    private int _disposed;

    /// <param name="handler">Takes a change; what it throws is logged.</param>
    /// <param name="lost">Called when the kernel had more to say than there was room for.</param>
    /// <param name="logger">For failures of the thread.</param>
    internal LinkMonitor(Action<LinkChange> handler, Action lost, ILogger logger)
    {
        (_handler, _lost, _logger) = (handler, lost, logger);
        _stop = LibC.Own(LibC.eventfd(0, LibCFlags.EFD_CLOEXEC | LibCFlags.EFD_NONBLOCK), "making an eventfd");
        try
        {
            _socket = LibC.Own(NetDevice.socket(Netlink.AF_NETLINK, Netlink.SOCK_RAW | NetDevice.SOCK_CLOEXEC, Netlink.NETLINK_ROUTE), "opening a netlink socket");
        }
        catch
        {
            _stop.Dispose();
            throw;
        }
        var address = new sockaddr_nl { nl_family = Netlink.AF_NETLINK, nl_groups = Netlink.RTMGRP_LINK };
        var result = Netlink.bind(_socket, &address, (uint)sizeof(sockaddr_nl));
        var errno = Marshal.GetLastPInvokeError();
        if (result != 0)
        {
            _socket.Dispose();
            _stop.Dispose();
            throw BpfException.FromErrno("asking to be told of network interfaces", errno);
        }
        _thread = new Thread(Read) { IsBackground = true, Name = "network interfaces" };
    }

    internal void Start() => _thread.Start();

    /// <summary>Ends the thread. When this returns the handler is not running and will not be called again.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }
        ulong one = 1;
        _ = LibC.write(_stop, &one, sizeof(ulong));
        if (!_thread.ThreadState.HasFlag(ThreadState.Unstarted) && Thread.CurrentThread != _thread)
        {
            _thread.Join();
        }
        _socket.Dispose();
        _stop.Dispose();
    }

    private void Read()
    {
        var buffer = new byte[32 * 1024];
        var fds = stackalloc pollfd[2];
        fds[0] = new pollfd { fd = LibC.NumberOf(_socket), events = LibCFlags.POLLIN };
        fds[1] = new pollfd { fd = LibC.NumberOf(_stop), events = LibCFlags.POLLIN };
        while (Volatile.Read(ref _disposed) == 0)
        {
            var ready = LibC.poll(fds, 2, -1);
            var errno = Marshal.GetLastPInvokeError();
            if (ready < 0 && errno != ErrnoCodes.EINTR)
            {
                MonitorFailed(_logger, ErrnoCodes.Describe(errno));
                return;
            }
            if (ready > 0 && fds[0].revents != 0 && !Receive(buffer))
            {
                return;
            }
        }
    }

    private bool Receive(byte[] buffer)
    {
        nint size;
        int errno;
        fixed (byte* start = buffer)
        {
            size = Netlink.recv(_socket, start, (nuint)buffer.Length, Netlink.MSG_DONTWAIT);
            errno = Marshal.GetLastPInvokeError();
        }
        if (size < 0 && errno is not (ErrnoCodes.EINTR or ErrnoCodes.EAGAIN or ENOBUFS))
        {
            MonitorFailed(_logger, ErrnoCodes.Describe(errno));
            return false;
        }
        try
        {
            if (size < 0 && errno == ENOBUFS)
            {
                _lost();
            }
            else if (size > 0)
            {
                LinkChange.Read(buffer.AsSpan(0, (int)size)).ForEach(_handler);
            }
        }
        catch (Exception e)
        {
            HandlerFailed(_logger, e);
        }
        return true;
    }

    [LoggerMessage(103, LogLevel.Error, "Following a change of network interfaces failed.", EventName = "LinkHandlerFailed")]
    private static partial void HandlerFailed(ILogger logger, Exception exception);

    [LoggerMessage(104, LogLevel.Error, "Hearing of network interfaces failed with {Error}; new ones get no XDP.", EventName = "LinkMonitorFailed")]
    private static partial void MonitorFailed(ILogger logger, string error);
}
