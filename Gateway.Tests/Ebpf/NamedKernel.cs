using Gateway.Ebpf;
using Gateway.Ebpf.Hooks;
using Xunit;

namespace Gateway.Tests.Ebpf;

/// <summary>
/// The XDP program in a namespace of its own, for frames whose function is named by something else than their address. Functions
/// 0 to 15 are its users'.
/// </summary>
public sealed class NamedKernel : IDisposable
{
    private const uint Functions = 16;
    private const uint XdpPass = 2; // enum xdp_action, linux/bpf.h

    private readonly NetworkNamespace _space = new();
    private HookedKernel _kernel = null!;

    public NamedKernel() => _space.Run(() => _kernel = new HookedKernel(XdpAttach.Generic, "lo"));

    private BpfProgram Program => _kernel.Hooks.Program("hs_xdp");

    public void Run(Action<KernelHooks> action) => _space.Run(() => action(_kernel.Hooks));

    /// <summary>Runs the frame with these functions armed. Checks that it passes unchanged; returns what was told and what was counted.</summary>
    public (IReadOnlyList<ConnectionEvent> Events, Dictionary<string, long> Counted) RunArmed(byte[] frame, params uint[] functions)
    {
        IReadOnlyList<ConnectionEvent> events = [];
        Dictionary<string, long> counted = [];
        _space.Run(() =>
        {
            for (uint function = 0; function < Functions; function++)
            {
                _kernel.Hooks.Arm(function, functions.Contains(function) ? Triggers.Syn : Triggers.None);
            }

            var before = Counters();
            var run = Program.TestRun(frame);
            Assert.Equal(XdpPass, run.ReturnValue);
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
        _kernel.Hooks.ReadCounters().Where(counter => counter.Program == "xdp").ToDictionary(counter => counter.Outcome, counter => counter.Count);
}
