using Gateway.Configuration;
using Gateway.Model;

namespace Gateway.Activation;

/// <summary>
/// Limits the starts and shares them: how many there may be at once and a minute over all functions, and a minute for each function. A held request waits
/// in line (<c>StartBudget.Line.cs</c>). A handshake takes a start that is free now or gets none: handshakes have three quarters of the budget at most, SYNs
/// five eighths, and the last eighth of the places is for requests alone. A SYN has its share until a connection has followed or its trial is over, so that
/// however many SYNs are forged, so many instances run for nothing and no more. Sources that have established a connection before do not share the five
/// eighths with those that have not, because the latter can be as many as somebody forges.
/// </summary>
/// <remarks>
/// Places are shared by the groups that the clients' addresses are in. A group may have at most so many times the places that are still free (the
/// dynamic threshold of Choudhury and Hahne, IEEE/ACM Transactions on Networking 6(2), 1998, for buffers). So a group that is alone may have most of them,
/// and yet there is a free one for whoever comes next.
/// </remarks>
internal sealed partial class StartBudget(BudgetOptions options, TimeProvider time)
{
    /// <summary>How many times the free places a group may have.</summary>
    private const int Multiple = 3;

    /// <summary>How many times the free places of SYNs a group may have with SYNs.</summary>
    private const int UnprovenMultiple = 2;

    /// <summary>A start that came to nothing counts this much more for its group.</summary>
    private const int WastedCost = 2;

    /// <summary>The most groups that are remembered while they have and want nothing.</summary>
    private const int MostIdle = 4096;

    /// <summary>The kernel is armed again for so many functions at once at most, of all that a signal could not start: 200 a second.</summary>
    private const int RearmsAtOnce = 20;

    /// <summary>
    /// The time between two such moments, and the least time after which the kernel is armed again. All of a moment wait for the same timer's wake: a wake for
    /// each of them would cost more than what it is for.
    /// </summary>
    public static readonly TimeSpan SoonestRearm = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly TokenBucket _minute = new(options.PerMinute, time);
    private readonly BoundedMap<SourceGroup, GroupShare> _groups = new(MostIdle);
    private readonly GroupShare _own = new(0, options.PerMinute, time);
    private int _inFlight;
    private int _speculative;
    private int _unproven;
    private long _numbers;
    private long _rearmAt;
    private int _rearms;

    private int ForHandshakes => PlacesForHandshakes(options);

    private int ForSyns => PlacesForSyns(options);

    private double Reserved => options.PerMinute > 1 ? options.PerMinute / 4.0 : 0;

    private double ReservedFromSyns => options.PerMinute > 1 ? options.PerMinute * 3 / 8.0 : 0;

    /// <summary>Returns how many starts of handshakes may be under way at once.</summary>
    public static int PlacesForHandshakes(BudgetOptions options) => Math.Max(1, options.Concurrent - (options.Concurrent / 4));

    /// <summary>Returns how many of them may be those of SYNs.</summary>
    public static int PlacesForSyns(BudgetOptions options) => Math.Max(1, options.Concurrent - (options.Concurrent / 4) - (options.Concurrent / 8));

    /// <summary>Creates one function's share.</summary>
    public FunctionShare ForFunction() => new(options.PerFunctionPerMinute, time);

    /// <summary>Takes a start for a wake that does not wait, such as that of a handshake.</summary>
    /// <param name="function">The share of the function.</param>
    /// <param name="signal">The signal that asks. One without a client is the gateway's own demand.</param>
    /// <returns>Returns the start, which has to be given back by <see cref="Release"/>, or null if none is free now.</returns>
    public StartTicket? TryTake(FunctionShare function, in Signal signal)
    {
        lock (_gate)
        {
            // This cannot overtake a request: its limits are lower than theirs, so a request that is left waits for its own function's or group's share.
            var free = options.Concurrent - (options.Concurrent / 8) - _inFlight;
            var isFromAnybody = signal is { IsProven: false, IsSourceProven: false };
            if (_speculative >= ForHandshakes || !function.Minute.Has(1 + function.Reserved) || !_minute.Has(1 + (isFromAnybody ? ReservedFromSyns : Reserved))
                || (isFromAnybody && _unproven >= ForSyns))
            {
                return null;
            }

            var group = GroupOf(signal);
            if (!MayHold(group, free) || !group.Speculative.Has(1) || (!signal.IsProven && !MayHoldUnproven(group, isFromAnybody ? _unproven : group.Unproven)))
            {
                return null;
            }

            group.Speculative.Take();
            var ticket = new StartTicket(function) { IsSpeculative = true, IsFromAnybody = isFromAnybody };
            if (!signal.IsProven)
            {
                ticket.Unproven = group;
                group.Unproven++;
                _unproven += isFromAnybody ? 1 : 0;
            }

            Give(ticket, group);
            return ticket;
        }
    }

    /// <summary>Gives a start back when it has ended, successfully or not.</summary>
    public void Release(StartTicket ticket)
    {
        lock (_gate)
        {
            if (ticket.Holder is not { } group)
            {
                return;
            }

            ticket.Holder = null;
            _inFlight--;
            _speculative -= ticket.IsSpeculative ? 1 : 0;
            if (!ticket.IsOnTrial)
            {
                SettleLocked(ticket);
            }

            var isReady = _ready.Remove(group);
            group.Held--;
            if (isReady)
            {
                _ready.Add(group);
            }

            Serve();
        }
    }

    /// <summary>Gives back what a SYN had of the share of SYNs, because a connection has followed or its trial is over. The place of its start may be needed longer.</summary>
    public void Settle(StartTicket ticket)
    {
        lock (_gate)
        {
            SettleLocked(ticket);
        }
    }

    /// <summary>Counts a start that a handshake of this source began and that came to nothing.</summary>
    public void NoteWasted(in Signal signal)
    {
        if (signal.Client is null)
        {
            return;
        }

        lock (_gate)
        {
            var group = GroupOf(signal);
            for (var i = 0; i < WastedCost; i++)
            {
                group.Speculative.Take();
            }
        }
    }

    /// <summary>Returns the time after which the kernel may be armed again for a function whose signal could not start it.</summary>
    public TimeSpan NextRearm()
    {
        lock (_gate)
        {
            var (now, between) = (time.GetTimestamp(), (long)(SoonestRearm.TotalSeconds * time.TimestampFrequency));
            var soonest = ((now + between - 1) / between) + 1;
            if (soonest > _rearmAt)
            {
                (_rearmAt, _rearms) = (soonest, 0);
            }
            else if (_rearms == RearmsAtOnce)
            {
                (_rearmAt, _rearms) = (_rearmAt + 1, 0);
            }

            _rearms++;
            return time.GetElapsedTime(now, _rearmAt * between);
        }
    }

    private GroupShare GroupOf(in Signal signal) => signal.Client is { } client ? GroupOf(SourceGroup.Of(client.Address)) : _own;

    // Under a flood of sources those groups are forgotten first that have and want nothing, and have been quiet the longest.
    private GroupShare GroupOf(SourceGroup source) =>
        _groups.GetOrAdd(source, () => new GroupShare(++_numbers, Math.Max(1, options.PerMinute / 2), time), static share => share.IsIdle);

    private static bool MayHold(GroupShare group, int free) => free >= 1 && (group.Held == 0 || group.Held + 1 <= Multiple * (free - 1));

    private bool MayHoldUnproven(GroupShare group, int taken) => group.Unproven == 0 || group.Unproven + 1 <= UnprovenMultiple * (ForSyns - taken - 1);

    private void SettleLocked(StartTicket ticket)
    {
        if (ticket.Unproven is { } group)
        {
            ticket.Unproven = null;
            group.Unproven--;
            _unproven -= ticket.IsFromAnybody ? 1 : 0;
        }
    }

    private void Give(StartTicket ticket, GroupShare group)
    {
        ticket.Holder = group;
        _inFlight++;
        group.Held++;
        group.Served = ++_numbers;
        _speculative += ticket.IsSpeculative ? 1 : 0;
        ticket.Function.Minute.Take();
        _minute.Take();
        ticket.Grant();
    }
}
