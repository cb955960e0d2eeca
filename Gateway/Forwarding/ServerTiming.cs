using System.Globalization;
using Gateway.Telemetry;

namespace Gateway.Forwarding;

/// <summary>Writes what a cold start cost into the Server-Timing header (W3C Server Timing), in milliseconds, for a browser's developer tools.</summary>
internal static class ServerTiming
{
    /// <summary>Adds <c>hidden</c>, the part of the start inside the handshakes, and <c>wait</c>, what this request waited for it.</summary>
    /// <param name="response">The answer, whose headers have not been sent yet.</param>
    /// <param name="cold">The cold start, whose function is ready, as the request met it.</param>
    public static void Write(HttpResponse response, ColdRequest cold) =>
        response.Headers.Append("Server-Timing", $"hidden;dur={Milliseconds(cold.Start.Hidden)}, wait;dur={Milliseconds(cold.Waited)}");

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("0.###", CultureInfo.InvariantCulture);
}
