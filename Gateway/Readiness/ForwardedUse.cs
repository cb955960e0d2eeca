using System.Net;
using System.Net.Sockets;
using Gateway.Activation;

namespace Gateway.Readiness;

/// <summary>
/// Counts the connections to an instance's addresses that the kernel forwards to the instance in a network of its own, those that a gateway before this one had forwarded too. Conntrack
/// knows them: who came by the gateway, or dialed the instance itself, is not among them. Thread safe.
/// </summary>
/// <param name="function">The function.</param>
/// <param name="endpoint">The address and port of the instance.</param>
/// <param name="time">The clock.</param>
internal sealed class ForwardedUse(Function function, IPEndPoint endpoint, TimeProvider time) : IUsage
{
    /// <summary>How often is looked while connections are forwarded, so that each one is seen: conntrack remembers one for 2 min after its end (nf_conntrack_tcp_timeout_time_wait).</summary>
    private static readonly TimeSpan s_watch = TimeSpan.FromSeconds(60);

    /// <summary>How long a handshake is waited for before a rest: for a SYN-ACK that is sent a second time after 1 s (RFC 6298, section 2.1).</summary>
    private static readonly TimeSpan s_handshake = TimeSpan.FromSeconds(3);

    /// <summary>How long the turn back may take before an idle function goes on serving instead of resting. It takes some milliseconds.</summary>
    private static readonly TimeSpan s_turn = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long is waited between two looks before a rest: conntrack tells of changes only where net.netfilter.nf_conntrack_events has it do so for each connection of the machine.
    /// </summary>
    private static readonly TimeSpan s_untold = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private HashSet<int> _ports = [];
    private HashSet<uint> _known = [];
    private Task _turned = Task.CompletedTask;
    private ITimer? _watch;
    private long? _countedAt;
    private TimeSpan _stays = DirectUse.Fresh;
    private long _lastUse;
    private int _count, _handed;

    /// <summary>Returns what counts those of an instance that has an address.</summary>
    public static ForwardedUse Of(Function function, FunctionInstance instance, TimeProvider time) => new(function, instance.Runtime!.Endpoint!, time);

    /// <summary>Gets the address and port of the instance.</summary>
    public IPEndPoint Endpoint => endpoint;

    /// <summary>Gets the ports that clients dial.</summary>
    public IReadOnlyCollection<int> Ports
    {
        get
        {
            lock (_gate)
            {
                return _ports;
            }
        }
    }

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
            return Volatile.Read(ref _lastUse);
        }
    }

    /// <summary>Notes that connections to these ports are the instance's. Those of ports before go on being counted.</summary>
    public void Include(IEnumerable<int> ports)
    {
        lock (_gate)
        {
            _ports = [.. _ports, .. ports];
            _countedAt = null;
        }
    }

    /// <summary>Notes that connections are forwarded from here on.</summary>
    public void HandOver()
    {
        lock (_gate)
        {
            _handed++;
            _watch ??= time.CreateTimer(static self => _ = ((ForwardedUse)self!).Current, this, s_watch, s_watch);
        }
    }

    /// <summary>Notes that no new ones are forwarded after this task.</summary>
    public void TurnBack(Task turned)
    {
        lock (_gate)
        {
            _turned = turned;
            _watch?.Dispose();
            _watch = null;
        }
    }

    /// <inheritdoc/>
    public Task<bool> IsUnusedAsync() => Task.Run(() => FollowAsync(waits: false));

    /// <inheritdoc/>
    public Task EmptyAsync() => Task.Run(() => FollowAsync(waits: true));

    private async Task<bool> FollowAsync(bool waits)
    {
        var (turned, handed) = Turn();
        try
        {
            await (waits ? turned : turned.WaitAsync(s_turn, time));
        }
        catch (TimeoutException)
        {
            return false;
        }

        // A SYN that was let through before is known to conntrack after it.
        await GracePeriod.WaitAsync(time);
        var (begun, shaking) = (time.GetTimestamp(), (HashSet<uint>?)null);
        // What is left to the next gateway lives on with its connections, and is not stopped. One that gets connections again does not rest any more.
        while (!function.LeavesInstances && handed == Turn().Handed)
        {
            if (Look() is { } all)
            {
                // One that is not over by then is one that its client does not complete.
                var shakes = all.Where(static connection => connection.IsShakingHands).Select(static connection => connection.Id);
                shaking ??= [.. shakes];
                shaking.IntersectWith(shakes);
                var isUsed = all.Exists(static connection => connection.IsUsed);
                if (isUsed && !waits)
                {
                    return false;
                }

                if (!isUsed && (shaking.Count == 0 || time.GetElapsedTime(begun) > s_handshake))
                {
                    return true;
                }
            }
            else if (handed == 0)
            {
                // The kernel does not say, and nothing was ever forwarded.
                return true;
            }
            else if (!waits)
            {
                // Nobody is cut off because a descriptor was missing for the question.
                return false;
            }

            await Task.Delay(s_untold, time);
        }

        return waits;
    }

    private (Task Turned, int Handed) Turn()
    {
        lock (_gate)
        {
            return (_turned, _handed);
        }
    }

    private List<TrackedConnection>? Look()
    {
        lock (_gate)
        {
            return CountLocked();
        }
    }

    // Returns null if the kernel cannot be asked now.
    private List<TrackedConnection>? CountLocked()
    {
        var now = time.GetTimestamp();
        _countedAt = now;
        List<TrackedConnection> all;
        try
        {
            all = TrackedConnections.All().FindAll(connection => connection.Program.Equals(endpoint) && _ports.Contains(connection.Port));
        }
        catch (SocketException)
        {
            // It is as it was.
            return null;
        }

        _stays = TimeSpan.FromTicks(Math.Max(DirectUse.Fresh.Ticks, time.GetElapsedTime(now).Ticks * 50));
        var (before, count) = (_count, all.Count(static connection => connection.IsUsed));
        _count = count;
        if (before > 0 || count > 0 || all.Exists(connection => !_known.Contains(connection.Id)))
        {
            // When the last one ended between two counts, it may have been right now.
            Volatile.Write(ref _lastUse, now);
        }

        _known = [.. all.Select(static connection => connection.Id)];
        return all;
    }
}
