using System.Net.Sockets;
using Gateway.Ebpf.Native;
using LibBpf;
using Microsoft.Extensions.Logging;

namespace Gateway.Ebpf.Hooks;

/// <summary>
/// Follows the network interfaces of the calling thread's namespace, on a thread that stays in that namespace and sleeps until the kernel reports a change.
/// </summary>
internal sealed partial class LinkMonitor : IDisposable
{
    private readonly Action<LinkChange> _handler;
    private readonly Action _lost;
    private readonly ILogger _logger;
    private readonly Socket _socket;
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;
    private int _disposed;

    /// <param name="handler">Receives each change; what it throws is logged.</param>
    /// <param name="lost">Called when the kernel dropped changes, because there were more than the socket has room for.</param>
    /// <param name="logger">Receives failures of the handler and of the thread.</param>
    /// <exception cref="BpfException">The kernel does not report changes of interfaces.</exception>
    internal LinkMonitor(Action<LinkChange> handler, Action lost, ILogger logger)
    {
        (_handler, _lost, _logger) = (handler, lost, logger);
        try
        {
            _socket = NetlinkSocket.Open(Netlink.NETLINK_ROUTE, Netlink.RTMGRP_LINK);
        }
        catch (SocketException e)
        {
            _stop.Dispose();
            throw BpfException.FromErrno("asking to be told of network interfaces", e.NativeErrorCode);
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
        _stop.Cancel();
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
        while (Volatile.Read(ref _disposed) == 0 && TryReceive(buffer, out var size))
        {
            Handle(buffer.AsSpan(0, size));
        }
    }

    /// <param name="buffer">Receives a datagram.</param>
    /// <param name="size">The datagram's length; 0 if the kernel dropped some.</param>
    /// <returns>Returns false if nothing will be received any more.</returns>
    private bool TryReceive(byte[] buffer, out int size)
    {
        size = 0;
        try
        {
            size = _socket.ReceiveAsync(buffer, SocketFlags.None, _stop.Token).AsTask().GetAwaiter().GetResult();
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.NoBufferSpaceAvailable)
        {
            return true;
        }
        catch (SocketException e)
        {
            MonitorFailed(_logger, ErrnoCodes.Describe(e.NativeErrorCode));
            return false;
        }
    }

    private void Handle(ReadOnlySpan<byte> datagram)
    {
        try
        {
            if (datagram.IsEmpty)
            {
                _lost();
            }
            else
            {
                LinkChange.Read(datagram).ForEach(_handler);
            }
        }
        catch (Exception e)
        {
            HandlerFailed(_logger, e);
        }
    }

    [LoggerMessage(103, LogLevel.Error, "Attaching to a changed network interface failed.", EventName = "LinkHandlerFailed")]
    private static partial void HandlerFailed(ILogger logger, Exception exception);

    [LoggerMessage(104, LogLevel.Error, "Following the network interfaces failed with {Error}; interfaces that appear from now on get no XDP.", EventName = "LinkMonitorFailed")]
    private static partial void MonitorFailed(ILogger logger, string error);
}
