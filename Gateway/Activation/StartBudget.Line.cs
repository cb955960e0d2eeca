using Gateway.Model;

namespace Gateway.Activation;

/// <summary>
/// The line in front of the budget. The group with the fewest places is served first, and of several the one that was served the longest ago; within it the
/// functions take turns. A function that has used up its own starts of a minute holds up nobody else. Each step costs O(log n).
/// </summary>
internal sealed partial class StartBudget
{
    private static readonly IComparer<GroupShare> FewestFirst = Comparer<GroupShare>.Create(static (one, other) =>
        one.Held != other.Held ? one.Held.CompareTo(other.Held)
        : one.Served != other.Served ? one.Served.CompareTo(other.Served)
        : one.Number.CompareTo(other.Number));

    // The groups with a line that may be served.
    private readonly SortedSet<GroupShare> _ready = new(FewestFirst);

    // The functions with parked lines, by the time at which they have another start.
    private readonly PriorityQueue<FunctionShare, long> _parked = new();
    private ITimer? _timer;

    /// <summary>Enters the line for a caller that waits, such as a held request.</summary>
    /// <param name="function">The share of the function that is to be started.</param>
    /// <param name="sources">The groups of the clients that wait for it. Without one it is the gateway's own demand.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public StartTicket Enter(FunctionShare function, IReadOnlyCollection<SourceGroup> sources, CancellationToken cancellationToken)
    {
        var ticket = new StartTicket(function);
        lock (_gate)
        {
            if (sources.Count == 0)
            {
                Join(ticket, _own);
            }

            foreach (var source in sources)
            {
                Join(ticket, GroupOf(source));
            }

            Serve();
        }

        if (ticket.IsWaiting)
        {
            cancellationToken.UnsafeRegister(
                static (state, token) =>
                {
                    var (budget, waiting) = ((StartBudget, StartTicket))state!;
                    budget.Leave(waiting, it => it.Cancel(token));
                },
                (this, ticket));
        }

        return ticket;
    }

    /// <summary>Lets another group of sources wait for a start that is in line, so that it is served when the first of them is.</summary>
    public void Join(StartTicket ticket, SourceGroup source)
    {
        lock (_gate)
        {
            if (ticket.IsWaiting)
            {
                Join(ticket, GroupOf(source));
                Serve();
            }
        }
    }

    /// <summary>Takes a start out of the line that nobody waits for any more. It does nothing if the start has its place.</summary>
    public void GiveUp(StartTicket ticket) => Leave(ticket, static it => it.GiveUp());

    private void Leave(StartTicket ticket, Action<StartTicket> end)
    {
        lock (_gate)
        {
            if (ticket.IsWaiting)
            {
                LeaveLanes(ticket);
                end(ticket);
            }
        }
    }

    private void Join(StartTicket ticket, GroupShare group)
    {
        if (!group.Lanes.TryGetValue(ticket.Function, out var lane))
        {
            group.Lanes[ticket.Function] = lane = new FunctionLane(group, ticket.Function);
        }

        if (ticket.Lanes.TrueForAll(entry => entry.Lane != lane))
        {
            ticket.Lanes.Add((lane, lane.Line.AddLast(ticket)));
            LineUp(lane);
        }
    }

    private void LineUp(FunctionLane lane)
    {
        if (lane.Turn is null && !lane.IsParked)
        {
            lane.Turn = lane.Group.Turns.AddLast(lane);
            _ready.Add(lane.Group);
        }
    }

    private void LeaveLanes(StartTicket ticket)
    {
        foreach (var (lane, node) in ticket.Lanes)
        {
            lane.Line.Remove(node);
            if (lane.Line.Count == 0)
            {
                StepDown(lane);
                // A parked one stays known until it comes back, so that there is no second one beside it.
                if (!lane.IsParked)
                {
                    lane.Group.Lanes.Remove(lane.Function);
                }
            }
        }

        ticket.Lanes.Clear();
    }

    private void StepDown(FunctionLane lane)
    {
        if (lane.Turn is { } turn)
        {
            lane.Turn = null;
            lane.Group.Turns.Remove(turn);
            if (lane.Group.Turns.Count == 0)
            {
                _ready.Remove(lane.Group);
            }
        }
    }

    private void Serve()
    {
        Unpark();
        // If the group with the fewest places may not have another one, none may.
        while (_ready.Min is { } group && MayHold(group, options.Concurrent - _inFlight) && _minute.Has(1))
        {
            var lane = group.Turns.First!.Value;
            StepDown(lane);
            if (!lane.Function.Minute.Has(1))
            {
                Park(lane);
                continue;
            }

            _ready.Remove(group);
            var ticket = lane.Line.First!.Value;
            LeaveLanes(ticket);
            Give(ticket, group);
            if (lane.Line.Count > 0)
            {
                LineUp(lane);
            }

            if (group.Turns.Count > 0)
            {
                _ready.Add(group);
            }
        }

        SetTimer();
    }

    private void Park(FunctionLane lane)
    {
        lane.IsParked = true;
        lane.Function.Parked.Enqueue(lane);
        if (lane.Function.Parked.Count == 1)
        {
            _parked.Enqueue(lane.Function, DueOf(lane.Function));
        }
    }

    // As many lanes come back as the function has starts.
    private void Unpark()
    {
        var now = time.GetTimestamp();
        while (_parked.TryPeek(out var function, out var due) && due <= now)
        {
            _parked.Dequeue();
            for (var starts = 1; function.Parked.Count > 0 && function.Minute.Has(starts);)
            {
                var lane = function.Parked.Dequeue();
                lane.IsParked = false;
                if (lane.Line.Count > 0)
                {
                    LineUp(lane);
                    starts++;
                }
                else
                {
                    lane.Group.Lanes.Remove(function);
                }
            }

            if (function.Parked.Count > 0)
            {
                _parked.Enqueue(function, DueOf(function));
            }
        }
    }

    private long DueOf(FunctionShare function) => time.GetTimestamp() + Ticks(function.Minute.UntilNext + TimeSpan.FromMilliseconds(1));

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);

    // It is needed only while somebody lacks a minute's share. Starts in flight are given back by Release.
    private void SetTimer()
    {
        TimeSpan? wait = _parked.TryPeek(out _, out var due) ? time.GetElapsedTime(time.GetTimestamp(), due) : null;
        if (_ready.Min is { } group && MayHold(group, options.Concurrent - _inFlight) && (wait is null || _minute.UntilNext < wait))
        {
            wait = _minute.UntilNext + TimeSpan.FromMilliseconds(1);
        }

        if (wait is { } left)
        {
            _timer ??= time.CreateTimer(_ => OnTimer(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        }
    }

    private void OnTimer()
    {
        lock (_gate)
        {
            Serve();
        }
    }
}
