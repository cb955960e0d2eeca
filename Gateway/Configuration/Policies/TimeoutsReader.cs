using Microsoft.AspNetCore.Http.Timeouts;

namespace Gateway.Configuration.Policies;

/// <summary>Reads <c>RequestTimeouts</c>: RequestTimeoutPolicy's own properties.</summary>
internal static class TimeoutsReader
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    // What a timer takes: 2^31-1 ms are 24 days and a little more.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(24);

    public static PolicySet<RequestTimeoutPolicy> Read(SectionReader section) => new(
        section.Has("DefaultPolicy") ? Policy(section.Section("DefaultPolicy")) : null,
        PoliciesReader.Named(section, Policy));

    private static RequestTimeoutPolicy Policy(SectionReader section)
    {
        var policy = new RequestTimeoutPolicy
        {
            Timeout = section.Duration("Timeout", Shortest, Longest),
            TimeoutStatusCode = section.Integer("TimeoutStatusCode", 400, 599),
        };
        if (!section.Has("Timeout"))
        {
            section.Error("Timeout", "no time; write e.g. \"00:00:30\".");
        }

        section.End();
        return policy;
    }
}
