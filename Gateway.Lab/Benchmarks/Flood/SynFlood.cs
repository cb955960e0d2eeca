using Gateway.Lab.Native;
using Gateway.Lab.Networking;

namespace Gateway.Lab.Benchmarks.Flood;

/// <summary>Sends frames from a namespace as fast as one core can, until it is stopped. The receiver's stack works on the same core.</summary>
internal sealed class SynFlood : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly int _socket;
    private readonly Task _sending;
    private long _sent;

    private SynFlood(int socket, SynFrames frames, int core)
    {
        _socket = socket;
        _sending = Task.Factory.StartNew(() => Send(frames, core), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>How many frames have been sent.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Begins to send.</summary>
    /// <param name="from">The namespace of the device.</param>
    /// <param name="device">The device that the frames leave by.</param>
    /// <param name="frames">What is sent, again and again with other sources.</param>
    /// <param name="core">The core that it works on; -1: where the scheduler puts it.</param>
    /// <exception cref="LabException">This process may not send frames: it needs CAP_NET_RAW.</exception>
    public static SynFlood Start(NetworkNamespace from, string device, SynFrames frames, int core) => new(from.Run(() => Open(device)), frames, core);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _sending;
        _ = LibC.close(_socket);
        _stop.Dispose();
    }

    private static unsafe int Open(string device)
    {
        var index = LibC.if_nametoindex(device);
        var socket = LibC.socket(LibC.AF_PACKET, LibC.SOCK_RAW, 0);
        var bypass = 1;
        var address = new LibC.sockaddr_ll { sll_family = LibC.AF_PACKET, sll_ifindex = (int)index };
        if (socket < 0 || LibC.bind(socket, &address, sizeof(LibC.sockaddr_ll)) != 0
            || LibC.setsockopt(socket, LibC.SOL_PACKET, LibC.PACKET_QDISC_BYPASS, &bypass, sizeof(int)) != 0)
        {
            throw LabException.FromErrno($"Cannot send frames by {device} (run as root)");
        }

        return socket;
    }

    private unsafe void Send(SynFrames frames, int core)
    {
        if (core >= 0)
        {
            var mask = 1UL << core;
            _ = LibC.sched_setaffinity(0, sizeof(ulong), &mask);
        }

        var count = frames.Count;
        var parts = stackalloc LibC.iovec[count];
        var messages = stackalloc LibC.mmsghdr[count];
        fixed (byte* bytes = frames.Bytes)
        {
            for (var i = 0; i < count; i++)
            {
                parts[i] = new LibC.iovec { iov_base = bytes + (i * SynFrames.Length), iov_len = SynFrames.Length };
                messages[i] = new LibC.mmsghdr { msg_iov = parts + i, msg_iovlen = 1 };
            }

            while (!_stop.IsCancellationRequested)
            {
                var sent = LibC.sendmmsg(_socket, messages, (uint)count, 0);
                if (sent > 0)
                {
                    Volatile.Write(ref _sent, _sent + sent);
                }

                frames.Next();
            }
        }
    }
}
