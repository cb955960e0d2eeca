using System.Threading.RateLimiting;
using Gateway.Configuration.Schema;

namespace Gateway.Configuration.Policies;

/// <summary>
/// Reads <c>RateLimiter</c>: the properties of the framework's four limiters, each under the limiter's name, and what requests are counted by. The
/// middleware replenishes the limiters, so there is no key for AutoReplenishment.
/// </summary>
internal static class RateLimiterReader
{
    private const int MostPermits = 1_000_000_000;
    private const int MostQueued = 1_000_000;
    private const string HeaderPrefix = "Header:";

    private static readonly string[] Limiters = ["FixedWindow", "SlidingWindow", "TokenBucket", "Concurrency"];
    private static readonly string[] Words = [.. Enum.GetNames<PartitionBy>().Where(name => name != nameof(PartitionBy.Header))];
    private static readonly TextFormat s_partition =
        new($"^(?:{string.Join('|', Words.Select(TextFormat.AnyCase))}|{TextFormat.AnyCase(HeaderPrefix)}{HeaderName.Pattern})$", [.. Words, "Header:X-Api-Key"]);

    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>Reads the section.</summary>
    /// <param name="section">The section <c>RateLimiter</c>.</param>
    /// <param name="schemes">The schemes that can authenticate clients, or null if there are none.</param>
    public static RateLimits Read(SectionReader section, AuthenticationSchemes? schemes) => new(
        section.Integer("RejectionStatusCode", 400, 599) ?? 429,
        section.Has("GlobalLimiter") ? Limit(section.Section("GlobalLimiter"), schemes) : null,
        PoliciesReader.Named(section, policy => Limit(policy, schemes)));

    private static RateLimit? Limit(SectionReader section, AuthenticationSchemes? schemes)
    {
        var (by, header) = Partition(section, schemes);
        var written = section.HasOneOf(Limiters);
        if (written.Count != 1)
        {
            section.Error(written.Count == 0 ? $"no limit; write one of {string.Join(", ", Limiters)}." : $"{string.Join(" and ", written)} at once; keep one.");
            section.End();
            return null;
        }

        var limiter = section.Section(written[0]);
        var make = written[0] switch
        {
            "FixedWindow" => FixedWindow(limiter),
            "SlidingWindow" => SlidingWindow(limiter),
            "TokenBucket" => TokenBucket(limiter),
            _ => Concurrency(limiter),
        };
        limiter.End();
        section.End();
        return new RateLimit(section.Node!, by, header, make);
    }

    private static (PartitionBy By, string? Header) Partition(SectionReader section, AuthenticationSchemes? schemes)
    {
        var text = section.Text("PartitionBy", s_partition);
        if (text?.StartsWith(HeaderPrefix, StringComparison.OrdinalIgnoreCase) == true)
        {
            var name = text[HeaderPrefix.Length..];
            if (!HeaderName.IsValid(name))
            {
                section.Error("PartitionBy", $"{ReadContext.Quote(name)} is not a header's name; write e.g. \"Header:X-Api-Key\".");
            }

            return (PartitionBy.Header, name);
        }

        var word = section.Word("PartitionBy", [.. Words, "Header:NAME"]);
        if (word == nameof(PartitionBy.User) && schemes is null)
        {
            section.Error("PartitionBy", "nobody can tell who a client is; add Authentication:Schemes.");
        }

        return (word is null ? PartitionBy.None : Enum.Parse<PartitionBy>(word), null);
    }

    private static Func<RateLimiter> FixedWindow(SectionReader section)
    {
        var options = new FixedWindowRateLimiterOptions
        {
            PermitLimit = Permits(section, "PermitLimit"),
            Window = Time(section, "Window"),
            QueueLimit = QueueLimit(section),
            QueueProcessingOrder = Order(section),
            AutoReplenishment = false,
        };
        return () => new FixedWindowRateLimiter(options);
    }

    private static Func<RateLimiter> SlidingWindow(SectionReader section)
    {
        var options = new SlidingWindowRateLimiterOptions
        {
            PermitLimit = Permits(section, "PermitLimit"),
            Window = Time(section, "Window"),
            SegmentsPerWindow = Needed(section, "SegmentsPerWindow", 1000),
            QueueLimit = QueueLimit(section),
            QueueProcessingOrder = Order(section),
            AutoReplenishment = false,
        };
        return () => new SlidingWindowRateLimiter(options);
    }

    private static Func<RateLimiter> TokenBucket(SectionReader section)
    {
        var options = new TokenBucketRateLimiterOptions
        {
            TokenLimit = Permits(section, "TokenLimit"),
            TokensPerPeriod = Permits(section, "TokensPerPeriod"),
            ReplenishmentPeriod = Time(section, "ReplenishmentPeriod"),
            QueueLimit = QueueLimit(section),
            QueueProcessingOrder = Order(section),
            AutoReplenishment = false,
        };
        return () => new TokenBucketRateLimiter(options);
    }

    private static Func<RateLimiter> Concurrency(SectionReader section)
    {
        var options = new ConcurrencyLimiterOptions
        {
            PermitLimit = Permits(section, "PermitLimit"),
            QueueLimit = QueueLimit(section),
            QueueProcessingOrder = Order(section),
        };
        return () => new ConcurrencyLimiter(options);
    }

    private static int Permits(SectionReader section, string key) => Needed(section, key, MostPermits);

    /// <summary>Returns a whole number from 1 to max. It is an error to leave it out.</summary>
    private static int Needed(SectionReader section, string key, int max)
    {
        var value = section.Integer(key, 1, max);
        if (!section.HasNeeded(key))
        {
            section.Error(key, $"needed; write a whole number from 1 to {max.ToString(System.Globalization.CultureInfo.InvariantCulture)}.");
        }

        return value ?? 1;
    }

    private static TimeSpan Time(SectionReader section, string key)
    {
        var value = section.Duration(key, Shortest, Longest);
        if (!section.HasNeeded(key))
        {
            section.Error(key, "needed; write a time, e.g. \"00:00:10\".");
        }

        return value ?? Shortest;
    }

    private static int QueueLimit(SectionReader section) => section.Integer("QueueLimit", 0, MostQueued) ?? 0;

    private static QueueProcessingOrder Order(SectionReader section) => section.Word<QueueProcessingOrder>("QueueProcessingOrder") ?? QueueProcessingOrder.OldestFirst;
}
