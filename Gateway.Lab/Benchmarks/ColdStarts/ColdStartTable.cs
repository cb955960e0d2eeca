using System.Text.RegularExpressions;

namespace Gateway.Lab.Benchmarks.ColdStarts;

/// <summary>Lists the cells. A new runtime or tier is one more row.</summary>
internal static class ColdStartTable
{
    // 25, 100, 240 and 250 ms are the pings that the idea was first shown with.
    private static readonly int[] s_roundTrips = [0, 25, 50, 100, 240, 250];
    private static readonly int[] s_few = [25, 100, 250];

    // Without a round trip the SYN and the request come together, so that all of a start is waited for.
    private static readonly int[] s_fewAndNone = [0, .. s_few];

    private static readonly ColdStartProtocol[] s_all = [ColdStartProtocol.Http, ColdStartProtocol.Tls13, ColdStartProtocol.Tls12];
    private static readonly ColdStartProtocol[] s_common = [ColdStartProtocol.Tls13];

    // Where only the start is another one, one protocol and three round trips tell it: W depends on the link and the handshakes alone.
    private static readonly (ColdStartTarget[] Targets, ColdStartProtocol[] Protocols, ColdStartProtocol[] Quick, int[] RoundTrips)[] s_rows =
    [
        ([ColdStartTarget.Process], s_all, [ColdStartProtocol.Http, ColdStartProtocol.Tls13], s_roundTrips),
        ([ColdStartTarget.DockerBridge], s_all, s_common, s_roundTrips),
        // In turns, because what a kept network is to cost is what the host's costs.
        ([ColdStartTarget.DockerHost, ColdStartTarget.DockerKept], s_common, s_common, s_roundTrips),
        ([ColdStartTarget.PodmanHost], s_common, [], s_few),
        ([ColdStartTarget.DockerInitialized], s_common, s_common, s_fewAndNone),
        ([ColdStartTarget.DockerHostInitialized], s_common, [], s_few),
        ([ColdStartTarget.PodmanInitialized], s_common, [], s_fewAndNone),
        ([ColdStartTarget.DockerPaused], s_common, [], s_few),
        ([ColdStartTarget.PodmanPaused], s_common, [], s_few),
        ([ColdStartTarget.ProcessInitialized], s_common, [], s_few),
        ([ColdStartTarget.ProcessPaused], s_common, [], s_few),
    ];

    /// <summary>Returns the cells in the order in which they are measured.</summary>
    /// <param name="quick">Whether it is the short run.</param>
    /// <param name="only">Selects the cells whose name matches; null for all.</param>
    public static IReadOnlyList<ColdStartGroup> Groups(bool quick, Regex? only) =>
    [
        .. from row in s_rows
           from protocol in quick ? row.Quick : row.Protocols
           from roundTrip in quick ? s_few : row.RoundTrips
           let cases = row.Targets.SelectMany(target => protocol.Signals.Select(signal => new ColdStartCase(target, roundTrip, protocol, signal)))
           let chosen = cases.Where(one => only is null || only.IsMatch(one.Name)).ToArray()
           where chosen.Length > 0
           select new ColdStartGroup(chosen),
    ];
}
