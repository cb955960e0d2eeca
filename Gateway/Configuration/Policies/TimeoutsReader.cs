using Microsoft.AspNetCore.Http.Timeouts;

namespace Gateway.Configuration.Policies;

/// <summary>Reads <c>RequestTimeouts</c>, whose policies have the properties of RequestTimeoutPolicy.</summary>
internal static class TimeoutsReader
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    // A timer takes at most 2^31 - 1 ms, which is a little more than 24 days.
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
        if (!section.HasNeeded("Timeout"))
        {
            section.Error("Timeout", "no time; write e.g. \"00:00:30\".");
        }

        section.End();
        return policy;
    }
}
