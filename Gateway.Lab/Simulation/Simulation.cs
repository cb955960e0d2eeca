using Gateway.Activation;
using Gateway.Idle;
using Gateway.Model;

namespace Gateway.Lab.Simulation;

/// <summary>
/// Lets one strategy keep the functions of a trace: an event loop around the gateway's own policy, in the place of the
/// functions' state machine, engine and clients.
/// </summary>
internal sealed class Simulation : IRestEvents
{
    /// <summary>A client notices a longer wait.</summary>
    public static readonly TimeSpan Noticed = TimeSpan.FromMilliseconds(3);

    /// <summary>How long a request is served.</summary>
    private const long Service = 100_000_000;

    /// <summary>From a change to the measurement of memory.</summary>
    private const long MemoryLag = 1_000_000_000;

    private readonly SimulatedClock _clock = new();
    private readonly PriorityQueue<Event, long> _events = new();
    private readonly Outcome _outcome = new();
    private readonly Strategy _strategy;
    private readonly SimulatedInstance[] _instances;
    private readonly IRestPolicy _policy;
    private readonly RestPolicy? _auto;
    private readonly long _end;
    private double _memory;
    private bool _measuring;

    private Simulation(IReadOnlyList<SimulatedFunction> functions, TimeSpan length, Strategy strategy)
    {
        _strategy = strategy;
        _end = length.Ticks * 100;
        _instances = [.. functions.Select(function => new SimulatedInstance(function, strategy))];
        _auto = strategy.IsAuto ? new RestPolicy(_clock, this) : null;
        _policy = _auto ?? (IRestPolicy)new StoppedAfterIdle();
    }

    private enum What
    {
        /// <summary>The first packet of a client comes.</summary>
        Connect,

        /// <summary>A request was answered.</summary>
        Answered,

        /// <summary>A wake that nobody waited for is over.</summary>
        Ready,

        /// <summary>The policy is to be asked.</summary>
        Look,

        /// <summary>The policy wants it woken.</summary>
        Wake,

        /// <summary>Memory is measured.</summary>
        Measure,
    }

    public static Outcome Run(IReadOnlyList<SimulatedFunction> functions, TimeSpan length, Strategy strategy) =>
        new Simulation(functions, length, strategy).Run();

    void IRestEvents.Decided(string function, RestDecision decision, RestCause cause)
    {
    }

    void IRestEvents.Probing(string function, Tier tier) => _outcome.Probes++;

    void IRestEvents.Expecting(string function) => _outcome.ExpectedWakes++;

    private Outcome Run()
    {
        foreach (var instance in _instances)
        {
            ScheduleNext(instance);
        }

        while (_events.TryDequeue(out var due, out var at) && at < _end)
        {
            _clock.Now = at;
            Handle(due, at);
        }

        foreach (var instance in _instances)
        {
            Move(instance, instance.Tier, _end);
        }

        return _outcome;
    }

    private void Handle(in Event due, long now)
    {
        switch (due.What)
        {
            case What.Connect:
                Connect(due.Instance!, now);
                break;
            case What.Answered:
                Answered(due, now);
                break;
            case What.Ready:
                _policy.NoteWake(due.Instance!.Function.Name, due.From, TimeSpan.FromTicks(due.Took / 100));
                Look(due.Instance, now);
                break;
            case What.Look when due.Timer == due.Instance!.Timer:
                Look(due.Instance, now);
                break;
            case What.Wake when due.Timer == due.Instance!.Timer && due.Instance.Tier < Tier.Running:
                WakeUnasked(due.Instance, now);
                break;
            case What.Measure:
                Measure(now);
                break;
        }
    }

    private void Connect(SimulatedInstance instance, long now)
    {
        var use = instance.Next++;
        var window = _strategy.WakesOnSyn ? instance.Function.Windows[use] : 0;
        var request = now + window;
        var (from, took) = (instance.Tier, 0L);
        if (from < Tier.Running)
        {
            took = instance.Wake(now);
            Move(instance, Tier.Running, now);
        }

        var tally = _outcome.ByKind[(int)instance.Function.Kind];
        var waited = TimeSpan.FromTicks(Math.Max(0, instance.ReadyAt - request) / 100);
        tally.Uses++;
        tally.ColdStarts += from < Tier.Running || instance.ReadyAt > now ? 1 : 0;
        tally.Noticed += waited > Noticed ? 1 : 0;
        tally.Waited += waited.TotalSeconds;
        instance.InFlight++;
        instance.Timer++;
        var answered = Math.Max(request, instance.ReadyAt) + Service;
        _events.Enqueue(new Event(What.Answered, instance) { From = from, Took = took, Window = window, Request = request }, answered);
        ScheduleNext(instance);
    }

    private void Answered(in Event due, long now)
    {
        var instance = due.Instance!;
        var name = instance.Function.Name;
        if (due.From < Tier.Running)
        {
            _policy.NoteWake(name, due.From, TimeSpan.FromTicks(due.Took / 100));
            _policy.NoteWindow(name, _strategy.WakesOnSyn ? SignalKind.Syn : SignalKind.Request, TimeSpan.FromTicks(due.Window / 100));
        }

        if (_strategy.HasHistory)
        {
            _policy.NoteArrival(name, due.Request);
        }

        instance.InFlight--;
        instance.LastUse = now;
        if (instance.InFlight == 0)
        {
            Schedule(instance, What.Look, now, instance.Options.Idle.After);
        }
    }

    private void Look(SimulatedInstance instance, long now)
    {
        if (instance.InFlight > 0 || instance.ReadyAt > now)
        {
            return;
        }

        var decision = _policy.Decide(instance.Ask(now));
        instance.Timer++;
        if (decision.Tier < instance.Tier)
        {
            Move(instance, decision.Tier, now);
        }

        if (decision.LookAgain is { } again)
        {
            Schedule(instance, What.Look, now, again);
        }

        if (decision.WakeIn is { } wakeIn)
        {
            Schedule(instance, What.Wake, now, wakeIn);
        }
    }

    private void WakeUnasked(SimulatedInstance instance, long now)
    {
        var from = instance.Tier;
        var took = instance.Wake(now);
        Move(instance, Tier.Running, now);
        _events.Enqueue(new Event(What.Ready, instance) { From = from, Took = took }, instance.ReadyAt);
    }

    private void Move(SimulatedInstance instance, Tier tier, long now)
    {
        var before = instance.Memory;
        // MiB nanoseconds to GiB hours.
        _outcome.ByKind[(int)instance.Function.Kind].Memory += instance.Move(tier, now) / 1024 / 3600e9;
        _memory += instance.Memory - before;
        _outcome.PeakMemory = Math.Max(_outcome.PeakMemory, _memory);
        if (_memory > _strategy.Budget && !_measuring)
        {
            _measuring = true;
            _events.Enqueue(new Event(What.Measure, null), now + MemoryLag);
        }
    }

    private void Measure(long now)
    {
        _measuring = false;
        List<Occupant> occupants = [];
        foreach (var instance in _instances.Where(instance => instance.Memory > 0))
        {
            var name = instance.Function.Name;
            var mayRest = instance.InFlight == 0 && instance.ReadyAt <= now;
            occupants.Add(new Occupant(name, instance.Tier, (long)instance.Memory, mayRest ? _auto!.WaitChance(name) : 1, mayRest));
        }

        foreach (var victim in MemoryPlan.Victims(occupants, (long)_strategy.Budget!.Value).ToHashSet())
        {
            _auto!.NoteMemoryShortage(victim);
            Look(_instances.First(instance => instance.Function.Name == victim), now);
        }

        if (_memory > _strategy.Budget && !_measuring)
        {
            _measuring = true;
            _events.Enqueue(new Event(What.Measure, null), now + MemoryLag);
        }
    }

    // A client's first packet comes as long before its request as its handshakes take.
    private void ScheduleNext(SimulatedInstance instance)
    {
        if (instance.Next < instance.Function.Uses.Length)
        {
            var lead = _strategy.WakesOnSyn ? instance.Function.Windows[instance.Next] : 0;
            _events.Enqueue(new Event(What.Connect, instance), Math.Max(_clock.Now, instance.Function.Uses[instance.Next] - lead));
        }
    }

    private void Schedule(SimulatedInstance instance, What what, long now, TimeSpan wait) =>
        _events.Enqueue(new Event(what, instance) { Timer = instance.Timer }, now + (wait.Ticks * 100));

    private readonly record struct Event(What What, SimulatedInstance? Instance)
    {
        public int Timer { get; init; }

        public Tier From { get; init; }

        public long Took { get; init; }

        public long Window { get; init; }

        public long Request { get; init; }
    }
}
