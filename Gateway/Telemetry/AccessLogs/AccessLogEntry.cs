namespace Gateway.Telemetry.AccessLogs;

/// <summary>A request as the access log tells of it. What a client sent is cut before it waits to be written.</summary>
/// <param name="At">When its headers had arrived.</param>
/// <param name="Id">The id that the gateway's own answers and log lines name.</param>
/// <param name="Client">The client's address, behind proxies that are believed.</param>
/// <param name="Method">The method.</param>
/// <param name="Host">The host that was asked.</param>
/// <param name="Target">The request's target as it was sent.</param>
/// <param name="Protocol">The version of HTTP.</param>
/// <param name="Status">The status; 499 if the client left before an answer.</param>
/// <param name="Duration">The time until the end of the answer.</param>
/// <param name="Function">The function or cluster; empty if there was no route.</param>
/// <param name="Reason">Why the gateway answered it itself; null if it did not.</param>
/// <param name="Cold">The cold start that it met; null if it met none.</param>
internal sealed record AccessLogEntry(
    DateTimeOffset At,
    string Id,
    string Client,
    string Method,
    string Host,
    string Target,
    string Protocol,
    int Status,
    TimeSpan Duration,
    string Function,
    string? Reason,
    ColdRequest? Cold)
{
    /// <summary>The most characters of a target, and of each other thing that a client sent.</summary>
    public const int LongestTarget = 2048, LongestWord = 255;

    /// <summary>Cuts what a client sent.</summary>
    public static string Cut(string text, int longest) => text.Length <= longest ? text : $"{text[..longest]}...";
}
