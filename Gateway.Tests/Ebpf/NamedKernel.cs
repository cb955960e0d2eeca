using Gateway.Ebpf.Hooks;
using LibBpf;
using Xunit;

namespace Gateway.Tests.Ebpf;

/// <summary>
/// The XDP program, or the tcx program, in a new namespace, for frames whose function is named by something else than their
/// address. Functions 0 to 15 are for its users.
/// </summary>
public sealed class NamedKernel : IDisposable
{
    private const uint Functions = 16;
    private const uint XdpPass = 2; // enum xdp_action, linux/bpf.h
    private const uint TcxNext = uint.MaxValue; // enum tcx_action_base, linux/bpf.h

    private readonly HookKind _hook;
    private readonly NetworkNamespace _space = new();
    private HookedKernel _kernel = null!;

    public NamedKernel()
        : this(clientHello: false)
    {
    }

    internal NamedKernel(bool clientHello, HookKind hook = HookKind.Xdp)
    {
        _hook = hook;
        _space.Run(() => _kernel = new HookedKernel(XdpAttach.Generic, clientHello, "lo"));
    }

    internal NamedKernel(SynLimits limits)
    {
        _hook = HookKind.Xdp;
        _space.Run(() => _kernel = new HookedKernel(new KernelHooksOptions { Xdp = XdpAttach.Generic, Interfaces = ["lo"], MaxFunctions = 1024, MaxDestinations = 64, Limits = limits }));
    }

    private BpfProgram Program => _kernel.Hooks.Program($"hs_{Name}");

    /// <summary>The name of the program in the counters.</summary>
    private string Name => _hook == HookKind.Tcx ? "tcx" : "xdp";

    public void Run(Action<KernelHooks> action) => _space.Run(() => action(_kernel.Hooks));

    /// <summary>Runs a frame with functions armed, and checks that it passes unchanged. Returns the events and the counted outcomes.</summary>
    public (IReadOnlyList<ConnectionEvent> Events, Dictionary<string, long> Counted) RunArmed(byte[] frame, params uint[] functions) =>
        RunArmed(frame, Triggers.Syn, functions);

    public (IReadOnlyList<ConnectionEvent> Events, Dictionary<string, long> Counted) RunArmed(byte[] frame, Triggers triggers, params uint[] functions)
    {
        IReadOnlyList<ConnectionEvent> events = [];
        Dictionary<string, long> counted = [];
        _space.Run(() =>
        {
            for (uint function = 0; function < Functions; function++)
            {
                _kernel.Hooks.Arm(function, functions.Contains(function) ? triggers : Triggers.None);
            }

            var before = Counters();
            var run = Program.TestRun(frame);
            Assert.Equal(_hook == HookKind.Tcx ? TcxNext : XdpPass, run.ReturnValue);
            Assert.Equal(frame, run.Packet);
            counted = Counters().Where(pair => pair.Value != before[pair.Key]).ToDictionary(pair => pair.Key, pair => pair.Value - before[pair.Key]);
            events = _kernel.EventsSoFar();
        });
        return (events, counted);
    }

    /// <summary>
    /// Runs a frame with one function armed for SYNs, and returns what was counted, in alphabetical order. The function must be disarmed if an event was told, and armed
    /// still if not. Other than <see cref="RunArmed(byte[], uint[])"/> this makes no connection of its own, which limits and lists would judge too.
    /// </summary>
    public string Outcomes(byte[] frame, uint function)
    {
        var outcomes = "";
        _space.Run(() =>
        {
            _kernel.Hooks.Arm(function, Triggers.Syn);
            var before = Counters();
            var run = Program.TestRun(frame);
            Assert.Equal(_hook == HookKind.Tcx ? TcxNext : XdpPass, run.ReturnValue);
            string[] counted = [.. Counters().Where(pair => pair.Value != before[pair.Key]).Select(pair => pair.Key).Order(StringComparer.Ordinal)];
            Assert.Equal(counted.Contains("syn") ? Triggers.None : Triggers.Syn, _kernel.Hooks.ArmedTriggers(function));
            outcomes = string.Join(", ", counted);
        });
        return outcomes;
    }

    public void Dispose()
    {
        _space.Run(_kernel.Dispose);
        _space.Dispose();
    }

    private Dictionary<string, long> Counters() =>
        _kernel.Hooks.ReadCounters().Where(counter => counter.Program == Name).ToDictionary(counter => counter.Outcome, counter => counter.Count);
}
