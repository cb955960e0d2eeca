using System.Runtime.CompilerServices;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Ebpf.Hooks;
using Gateway.Readiness;
using Gateway.Signals.Direct.Bridged;

namespace Gateway.Signals.Direct;

/// <summary>
/// Has the kernel hand new connections to functions that run, and turns them back to the gateway before an instance rests. Turning back is done while a function tells that its
/// instances have changed, so before their rest begins; handing over takes a look at processes and is done on the thread pool. Thread safe.
/// </summary>
internal sealed partial class DirectConnections(KernelAttachment kernel, KernelAddresses addresses, BridgeTable bridges, TimeProvider time, ILogger<DirectConnections> logger) : IFunctionObserver
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Function, DirectFunction> _functions = [];
    private readonly ConditionalWeakTable<FunctionInstance, DirectUse> _uses = [];
    private readonly ConditionalWeakTable<FunctionInstance, ForwardedUse> _forwarded = [];
    private DirectPlaces? _places;
    private GatewayOptions? _options;

    // How many sockets the kernel can be given; 0 if it does not steer.
    private int MapSize => kernel.Use(static hooks => hooks.DirectPlaces, without: 0);

    /// <summary>Returns how it stands with a function; null if nobody asks for it.</summary>
    public DirectState? StateOf(Function function)
    {
        lock (_gate)
        {
            return function.Options.Direct == DirectMode.Off ? null
                : _functions.TryGetValue(function, out var state) ? new DirectState(state.Addresses.Count > 0, state.WhyNot)
                : new DirectState(IsActive: false, WhyNot: null);
        }
    }

    /// <summary>Returns how many connections a function's instances have that did not come by the gateway.</summary>
    public int CountOf(Function function) => function.Running.Sum(instance =>
        (_uses.TryGetValue(instance, out var use) ? use.Current : 0) + (_forwarded.TryGetValue(instance, out var forwarded) ? forwarded.Current : 0));

    /// <inheritdoc/>
    public void OnInstances(Function function)
    {
        lock (_gate)
        {
            if (_functions.TryGetValue(function, out var state) || function.Options.Direct != DirectMode.Off)
            {
                TurnBackLocked(state ??= _functions[function] = new DirectFunction(function));
                LookLocked(state);
            }
        }
    }

    /// <summary>
    /// Begins a change of the configuration, or the gateway's start: functions whose addresses change get no connections from the kernel, and none gets them anew until <see cref="EndChange"/>.
    /// </summary>
    public void BeginChange(GatewayOptions now)
    {
        lock (_gate)
        {
            _options = null;
            foreach (var state in _functions.Values)
            {
                if (!now.Functions.TryGetValue(state.Function.Name, out var options) || !options.Equals(state.Options) || DirectRules.WhyNot(options, now) is not null)
                {
                    TurnBackLocked(state);
                }
            }
        }
    }

    /// <summary>Ends the change, when the kernel knows the addresses.</summary>
    public void EndChange(IEnumerable<Function> functions, GatewayOptions now)
    {
        lock (_gate)
        {
            _options = now;
            PrepareBridges(now);
            foreach (var function in functions)
            {
                if (_functions.TryGetValue(function, out var state) || (function.Options.Direct != DirectMode.Off && function.Running.Count > 0))
                {
                    LookLocked(state ?? (_functions[function] = new DirectFunction(function)));
                }
            }
        }
    }

    // Whatever has been prepared for the state before comes to nothing.
    private void TurnBackLocked(DirectFunction state)
    {
        state.Change++;
        if (state.Forwarded is { } forwarded)
        {
            forwarded.TurnBack(bridges.TurnBackAsync(state.Addresses));
            state.Forwarded = null;
            state.Addresses = [];
        }

        foreach (var address in state.Addresses)
        {
            kernel.Use(
                hooks =>
                {
                    hooks.Steer(address.Address, address.Port, KernelNames.SocketOf(address));
                    return true;
                },
                without: false);
        }

        state.Addresses = [];
        state.WhyNot = null;
    }

    private void LookLocked(DirectFunction state)
    {
        var (function, running) = (state.Function, state.Function.Running);
        if (state.Addresses.Count == 0)
        {
            state.Options = function.Options;
        }

        IncludeForwarded(state, running);

        // What was handed over by a gateway before this one counts, too. Others cost no look at the kernel's connections.
        if (state.Places is not null || (_options is { } known && DirectRules.WhyNot(state.Options, known) is null && MapSize > 0))
        {
            foreach (var instance in running.Where(static instance => !BridgedProgram.IsApart(instance)))
            {
                UseOf(function, instance).Include(state.Options.OwnListen.Select(static address => address.Port));
            }
        }

        if (running.Count == 0 && (function.IsRetired || function.Options.Direct == DirectMode.Off))
        {
            LeaveLocked(state);
        }
        else if (running.Count > 0 && !function.IsRetired && state.Addresses.Count == 0 && _options is { } options && function.Options.Direct != DirectMode.Off
            && options.Functions.TryGetValue(function.Name, out var wanted) && wanted.Equals(state.Options))
        {
            if (DirectRules.WhyNot(state.Options, options) is { } why)
            {
                TellLocked(state, why);
                return;
            }

            var change = state.Change;
            ThreadPool.UnsafeQueueUserWorkItem(static work => work.Self.HandOver(work.State, work.Change), (Self: this, State: state, Change: change), preferLocal: false);
        }
    }

    private void LeaveLocked(DirectFunction state)
    {
        _functions.Remove(state.Function);
        if (state.Places is var (first, size))
        {
            foreach (var (_, use) in _uses)
            {
                if (use.Place is { } place && place >= first && place < first + size)
                {
                    // The next one there is another function's.
                    use.Place = null;
                }
            }

            _places!.Return(first, size);
        }
    }

    private DirectUse UseOf(Function function, FunctionInstance instance)
    {
        if (!_uses.TryGetValue(instance, out var use))
        {
            _uses.Add(instance, use = new DirectUse(function, instance, place => kernel.Use(hooks => hooks.DirectUse(place), without: 0), time));
            instance.Add(use);
        }

        return use;
    }

    private void TellLocked(DirectFunction state, string? why)
    {
        state.WhyNot = why;
        var told = why ?? "";
        if (state.Told == told)
        {
            return;
        }

        state.Told = told;
        if (why is null)
        {
            KernelLog.Direct(logger, state.Function.Name, string.Join(", ", state.Addresses));
        }
        else if (state.Function.Options.Direct == DirectMode.Required)
        {
            KernelLog.NotDirectThoughRequired(logger, state.Function.Name, why);
        }
        else
        {
            KernelLog.NotDirect(logger, state.Function.Name, why);
        }
    }
}
