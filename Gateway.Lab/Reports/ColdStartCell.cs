namespace Gateway.Lab.Reports;

/// <summary>Cold starts of one kind of function over one round trip, beside warm requests of the same rounds. Times in milliseconds.</summary>
/// <param name="Rtt">Round trip of the link, as set.</param>
/// <param name="Protocol">HTTP, TLS 1.3 or TLS 1.2.</param>
/// <param name="WakeOn">The earliest signal that the function may use: Syn, ClientHello or Request.</param>
/// <param name="Runtime">Process, Docker, ...</param>
/// <param name="Network">The container's, kept for one of the bridge that outlives the runs; null where there is no choice.</param>
/// <param name="Tier">What it is woken from.</param>
/// <param name="Boot">How long the program takes from its first instruction to listen().</param>
/// <param name="N">Cold starts.</param>
/// <param name="Warm">Median time to first byte of requests to the running function, each on a new connection.</param>
/// <param name="Cold">Median time to first byte of requests to the function at rest.</param>
/// <param name="PenaltyP50">Median of cold - warm, as curl sees it.</param>
/// <param name="PenaltyP95">95th percentile of cold - warm.</param>
/// <param name="Ready">T_ready: median time from the signal to the function that answers, by the gateway.</param>
/// <param name="Window">W: median time from the signal to the request's arrival, by the gateway.</param>
/// <param name="Predicted">max(0, ready - window).</param>
/// <param name="Answer">Median time from the program's listen() (or the request, if that came later) to the first byte of the answer.</param>
public sealed record ColdStartCell(
    double Rtt, string Protocol, string WakeOn, string Runtime, string? Network, string Tier, double Boot, int N,
    double Warm, double Cold, double PenaltyP50, double PenaltyP95, double Ready, double Window, double Predicted, double? Answer)
{
    /// <summary>95th percentile of the time from the signal to the function that answers; null in results of versions that did not have it.</summary>
    public double? ReadyP95 { get; init; }

    /// <summary>The product's promise holds where the window is longer than the start by this.</summary>
    public const double Margin = 10;

    /// <summary>Measurement and equation agree when they differ by no more.</summary>
    public const double Agreement = 5;

    /// <summary>The start fits the window with <see cref="Margin"/> to spare.</summary>
    public bool IsHidden => Window >= Ready + Margin;

    /// <summary>What the equation does not explain.</summary>
    public double Unexplained => PenaltyP50 - Predicted;

    /// <summary>Hidden: median under 3 ms and p95 under 10 ms. Elsewhere: within 5 ms of the equation.</summary>
    public bool IsAsPromised => IsHidden ? PenaltyP50 < 3 && PenaltyP95 < 10 : Math.Abs(Unexplained) <= Agreement;
}
