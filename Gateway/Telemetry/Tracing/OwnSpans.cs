using System.Diagnostics;
using OpenTelemetry;

namespace Gateway.Telemetry.Tracing;

/// <summary>
/// Passes on the spans of this gateway's own sources. A provider listens to sources by their names, which all gateways in a process share.
/// </summary>
internal sealed class OwnSpans(BaseProcessor<Activity> next, params IReadOnlyList<ActivitySource> sources) : CompositeProcessor<Activity>([next])
{
    public override void OnEnd(Activity data)
    {
        if (sources.Contains(data.Source))
        {
            base.OnEnd(data);
        }
    }
}
