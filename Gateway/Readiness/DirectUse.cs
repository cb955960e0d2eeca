using System.Net.Sockets;
using Gateway.Activation;
using Gateway.Ebpf.Hooks;
using Gateway.Model;
using LibBpf;

namespace Gateway.Readiness;

/// <summary>
/// Counts the connections that an instance itself has accepted at its function's addresses, so that the kernel has handed them over, by a gateway before this one too. They are
/// its cgroup's. They are counted when somebody asks, at most once in <see cref="Fresh"/>, and anew before a rest. Thread safe.
/// </summary>
/// <param name="function">The function.</param>
/// <param name="instance">The instance.</param>
/// <param name="handedTo">Returns when a connection was last handed to a place in the kernel's map, by <see cref="TimeProvider.GetTimestamp"/>, or 0.</param>
/// <param name="time">The clock.</param>
internal sealed class DirectUse(Function function, FunctionInstance instance, Func<int, long> handedTo, TimeProvider time) : IUsage
{
    /// <summary>How long a count is good for, at least: longer if it takes long, so that a fiftieth of a processor is spent on it at most. As a rule one takes about a millisecond.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a handshake that the instance's socket has begun is waited for before a rest: for a SYN-ACK that is sent a second time after 1 s (RFC 6298, section 2.1).</summary>
    private static readonly TimeSpan s_handshake = TimeSpan.FromSeconds(3);

    /// <summary>How long is waited for what the kernel does not tell: the end of a handshake, and a connection that is closed by the program but not gone.</summary>
    private static readonly TimeSpan s_untold = TimeSpan.FromMilliseconds(50), s_unlikely = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private HashSet<int> _ports = [];
    private long? _countedAt;
    private TimeSpan _stays = Fresh;
    private long _lastUse;
    private int _count;
    private int _place = -1;

    // How often it was to get connections from the kernel, and the last time after which none was on its way any more.
    private int _handed = 1, _settled;

    /// <inheritdoc/>
    public int Current
    {
        get
        {
            lock (_gate)
            {
                if (_countedAt is not { } at || time.GetElapsedTime(at) >= _stays)
                {
                    CountLocked();
                }

                return _count;
            }
        }
    }

    /// <inheritdoc/>
    public long LastUse
    {
        get
        {
            _ = Current;
            return Math.Max(Volatile.Read(ref _lastUse), Place is { } place ? handedTo(place) : 0);
        }
    }

    /// <summary>Gets or sets the place of the instance's socket in the kernel's map; null as long as it has had none.</summary>
    public int? Place
    {
        get => Volatile.Read(ref _place) is >= 0 and var place ? place : null;
        set => Volatile.Write(ref _place, value ?? -1);
    }

    /// <summary>Notes that connections to these ports may be handed to the instance from here on. Those of ports before go on being counted.</summary>
    public void Include(IEnumerable<int> ports)
    {
        lock (_gate)
        {
            _ports = [.. _ports, .. ports];
            _countedAt = null;
        }

        Interlocked.Increment(ref _handed);
    }

    /// <inheritdoc/>
    public Task<bool> IsUnusedAsync() => Task.Run(() => FollowAsync(waits: false));

    /// <inheritdoc/>
    public Task EmptyAsync() => Task.Run(() => FollowAsync(waits: true));

    private async Task<bool> FollowAsync(bool waits)
    {
        using var gone = TryHearOfGone();
        var handed = Volatile.Read(ref _handed);
        var mayBeOnItsWay = handed != Volatile.Read(ref _settled);
        if (mayBeOnItsWay)
        {
            await GracePeriod.WaitAsync(time);
        }

        var (begun, shaking) = (time.GetTimestamp(), (HashSet<ulong>?)null);
        // What is left to the next gateway lives on with its connections, and is not stopped. One that gets connections again does not rest any more.
        while (!function.LeavesInstances && handed == Volatile.Read(ref _handed))
        {
            if (Look() is not var (used, shakes))
            {
                // Nobody is cut off because a descriptor was missing for the question.
                if (!waits)
                {
                    return false;
                }

                await Task.Delay(s_unlikely, time);
                continue;
            }

            // A handshake that begins from here on is with the gateway's socket.
            shaking ??= mayBeOnItsWay ? [.. shakes] : [];
            shaking.IntersectWith(shakes);
            if (used.Count > 0 && !waits)
            {
                return false;
            }

            // A handshake that is not over by then is one that its client does not complete, or another function's at the same port.
            if (used.Count == 0 && (shaking.Count == 0 || time.GetElapsedTime(begun) > s_handshake))
            {
                Volatile.Write(ref _settled, handed);
                return true;
            }

            await NextAsync(gone, used, shaking.Count > 0 ? s_untold : s_unlikely);
            await PoolThread.EnterAsync();
        }

        return waits;
    }

    // Returns null if the kernel cannot be asked now.
    private (HashSet<ulong> Used, IEnumerable<ulong> Shaking)? Look()
    {
        lock (_gate)
        {
            return CountLocked() is not { } all ? null : ([.. all.Where(static connection => connection.IsUsed).Select(static connection => connection.Cookie)],
                all.Where(static connection => connection.IsShakingHands).Select(static connection => connection.Cookie).ToArray());
        }
    }

    // Returns the instance's own connections, and the handshakes of anybody; null if the kernel cannot be asked now.
    private List<TcpConnection>? CountLocked()
    {
        var now = time.GetTimestamp();
        _countedAt = now;
        List<TcpConnection> all;
        try
        {
            if (Cgroups() is not { } own)
            {
                return null;
            }

            all = own.Count == 0 ? [] : TcpConnections.At(_ports).FindAll(connection => connection.IsShakingHands || (connection.Cgroup is { } cgroup && own.Contains(cgroup)));
        }
        catch (SocketException)
        {
            // It is as it was. Where the kernel never lists connections nothing is handed over.
            return null;
        }

        _stays = TimeSpan.FromTicks(Math.Max(Fresh.Ticks, time.GetElapsedTime(now).Ticks * 50));
        var (before, count) = (_count, all.Count(static connection => connection.IsUsed));
        _count = count;
        if (before > 0 || count > 0)
        {
            // When the last one ended between two counts, it may have been right now.
            Volatile.Write(ref _lastUse, now);
        }

        return all;
    }

    // Returns null if they cannot be looked at now, for example for want of a descriptor.
    private HashSet<ulong>? Cgroups()
    {
        try
        {
            return [.. (instance.Runtime?.CgroupPaths ?? []).SelectMany(Below).Select(Cgroup.IdOf).OfType<ulong>()];
        }
        catch (Exception error) when (error is BpfException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Below(string directory)
    {
        try
        {
            return [directory, .. Directory.GetDirectories(directory, "*", SearchOption.AllDirectories)];
        }
        catch (DirectoryNotFoundException)
        {
            // The program has ended.
            return [];
        }
    }

    private static Socket? TryHearOfGone()
    {
        try
        {
            return TcpConnections.OpenGone();
        }
        catch (SocketException)
        {
            return null;
        }
    }

    // Returns when one of the connections is gone, or after some time.
    private async Task NextAsync(Socket? gone, HashSet<ulong> of, TimeSpan atMost)
    {
        using var limit = new CancellationTokenSource(atMost, time);
        var buffer = new byte[8192];
        try
        {
            while (gone is not null && of.Count > 0)
            {
                var told = await gone.ReceiveAsync(buffer, SocketFlags.None, limit.Token);
                if (TcpConnections.Gone(buffer.AsSpan(0, told)).Exists(of.Contains))
                {
                    return;
                }
            }

            await Task.Delay(Timeout.InfiniteTimeSpan, time, limit.Token);
        }
        catch (OperationCanceledException)
        {
        }
        catch (SocketException)
        {
            // ENOBUFS: more was told than fits.
        }
    }
}
