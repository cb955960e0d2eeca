using Gateway.Telemetry;

namespace Gateway.Forwarding;

/// <summary>Logs failures of requests: the first of a kind at once, and of those that follow soon how many they were.</summary>
internal sealed class RepeatedErrors(TimeProvider time, ILogger<RepeatedErrors> logger) : IDisposable
{
    /// <summary>How many kinds there may be at once. Further ones count as one.</summary>
    private const int MostKinds = 256;

    private readonly RepeatedLines<(string What, string Where)> _lines = new(
        time, MostKinds, (kind, more, last) => RequestErrorLog.More(logger, kind.Where, more, RepeatedLines<(string, string)>.Window.TotalSeconds, last));

    /// <summary>Reports a failure.</summary>
    /// <param name="what">The kind of failure, a constant.</param>
    /// <param name="where">The function or the route.</param>
    /// <param name="error">The failure in one line.</param>
    /// <param name="log">Logs the failure.</param>
    public void Report(string what, string where, string error, Action log)
    {
        if (_lines.IsFirst((what, where), (what, "many others"), error))
        {
            log();
        }
    }

    public void Dispose() => _lines.Dispose();
}
