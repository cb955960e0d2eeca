using System.Globalization;
using Gateway.Telemetry;

namespace Gateway.Forwarding;

/// <summary>Writes what a cold start cost into the Server-Timing header (W3C Server Timing), in milliseconds, for a browser's developer tools.</summary>
internal static class ServerTiming
{
    /// <summary>Adds <c>hidden</c>, the part of the start inside the handshakes, and <c>wait</c>, what this request waited for it.</summary>
    /// <param name="response">The answer, whose headers have not been sent yet.</param>
    /// <param name="cold">The cold start, whose function is ready.</param>
    /// <param name="arrived">When the request reached the hold.</param>
    public static void Write(HttpResponse response, ColdStart cold, long arrived)
    {
        var waited = TimeSpan.FromTicks(Math.Max(0, (cold.Ready - arrived) / 100));
        response.Headers.Append("Server-Timing", $"hidden;dur={Milliseconds(cold.Hidden)}, wait;dur={Milliseconds(waited)}");
    }

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("0.###", CultureInfo.InvariantCulture);
}
