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

    public void Dispose()
    {
        _space.Run(_kernel.Dispose);
        _space.Dispose();
    }

    private Dictionary<string, long> Counters() =>
        _kernel.Hooks.ReadCounters().Where(counter => counter.Program == Name).ToDictionary(counter => counter.Outcome, counter => counter.Count);
}
