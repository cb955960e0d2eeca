using System.Text.Json.Serialization;
using Gateway.Activation;

namespace Gateway.Forwarding.Waiting;

/// <summary>How far a start is, as clients are told. Times are in milliseconds.</summary>
/// <param name="Phase"><c>waiting</c>, <c>starting</c>, <c>listening</c> or <c>ready</c>.</param>
/// <param name="Elapsed">How long the start has taken so far.</param>
/// <param name="Typical">How long a start from nothing takes as a rule, or null if none has been measured.</param>
internal sealed record StartView(string Phase, long Elapsed, long? Typical)
{
    /// <summary>Describes the start for which requests for a function wait.</summary>
    public static StartView Of(Function function)
    {
        var (progress, typical) = (function.Progress, function.TypicalStart);
        return new StartView(
            progress.Phase switch
            {
                StartPhase.Starting => "starting",
                StartPhase.Listening => "listening",
                StartPhase.Ready => "ready",
                _ => "waiting",
            },
            (long)progress.Elapsed.TotalMilliseconds,
            typical > TimeSpan.Zero ? (long)typical.TotalMilliseconds : null);
    }

    /// <summary>Returns the time after which the function may be ready.</summary>
    public TimeSpan Left() => TimeSpan.FromMilliseconds(Math.Max(0, (Typical ?? 0) - Elapsed));
}

/// <summary>Why a start failed, as clients are told.</summary>
/// <param name="Detail">One sentence.</param>
/// <param name="Reason">The word of the 503 that a held request gets.</param>
/// <param name="RetryAfter">The seconds after which another try may help.</param>
/// <param name="RequestId">The id by which the log names the request.</param>
internal sealed record FailureView(string Detail, string Reason, int RetryAfter, string RequestId);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StartView))]
[JsonSerializable(typeof(FailureView))]
internal sealed partial class StartJson : JsonSerializerContext;
