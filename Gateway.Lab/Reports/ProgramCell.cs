namespace Gateway.Lab.Reports;

/// <summary>Cold starts of a real program in a container, woken by the SYN, by TLS 1.3. Times in milliseconds.</summary>
/// <param name="Program">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Boot">Median time from the exec of the program to the first byte of its first answer, by the gateway.</param>
/// <param name="Tier">What it is woken from.</param>
/// <param name="Rtt">Round trip of the link, as set.</param>
/// <param name="N">Cold starts.</param>
/// <param name="ReadyP50">T_ready: median time from the signal to the program that answers, by the gateway.</param>
/// <param name="ReadyP95">Its 95th percentile.</param>
/// <param name="Window">W: median time from the signal to the request's arrival, by the gateway.</param>
/// <param name="Warm">Median time to first byte of requests to the running program, each on a new connection.</param>
/// <param name="Cold">Median time to first byte of requests to the program at rest.</param>
/// <param name="PenaltyP50">Median of cold - warm, as curl sees it.</param>
/// <param name="PenaltyP95">95th percentile of cold - warm.</param>
public sealed record ProgramCell(
    string Program, string Version, double Boot, string Tier, double Rtt, int N, double ReadyP50, double ReadyP95, double Window, double Warm, double Cold, double PenaltyP50,
    double PenaltyP95);
