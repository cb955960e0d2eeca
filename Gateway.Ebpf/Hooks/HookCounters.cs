using System.Text.Json;
using Gateway.Ebpf.Hooks.Wire;
using LibBpf;

namespace Gateway.Ebpf.Hooks;

/// <summary>Reads the counters map, which has a row for each program and a column for each outcome.</summary>
internal sealed class HookCounters(BpfPerCpuArrayMap<ulong> map)
{
    private static readonly Outcome[] Outcomes = Enum.GetValues<Outcome>();

    private static readonly (HookKind Hook, string Name)[] Programs = [(HookKind.SockOps, "sock_ops"), (HookKind.Xdp, "xdp"), (HookKind.SkLookup, "sk_lookup"), (HookKind.Tcx, "tcx")];

    internal IReadOnlyList<(string Program, string Outcome, long Count)> Read() =>
        [.. from program in Programs
            from outcome in Outcomes
            select (program.Name, Name(outcome), Sum((uint)((int)program.Hook * Outcomes.Length + (int)outcome)))];

    private static string Name(Outcome outcome) => JsonNamingPolicy.SnakeCaseLower.ConvertName(outcome.ToString());

    private long Sum(uint index) => (long)map.Read(index).Aggregate(0UL, (sum, count) => sum + count);
}
