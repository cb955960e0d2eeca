using System.Globalization;
using Gateway.Configuration.Schema;

namespace Gateway.Configuration;

/// <summary>Reads <c>Async</c> of a function.</summary>
internal static class AsyncReader
{
    private const int MostRequests = 1_000_000, MostAtOnce = 10_000, MostAttempts = 100, MostCallbacks = 100;
    private const long SmallestBody = 1 << 10, LargestBody = 16 << 20;

    private static readonly TimeSpan s_shortest = TimeSpan.FromSeconds(1), s_longest = TimeSpan.FromDays(30);
    private static readonly TextFormat s_body = new(MemorySize.Written.Pattern, "1MiB");
    private static readonly TextFormat s_callback = new($"^{TextFormat.Scheme("http", "https")}", "https://hooks.example/answers/");
    private static readonly TextFormat s_status = new("^[45][0-9][0-9]$", "503");

    /// <summary>Reads the section.</summary>
    /// <returns>Returns null if no requests are kept.</returns>
    public static AsyncOptions? Read(SectionReader section)
    {
        var most = section.Integer("MaxRequests", 1, MostRequests);
        var defaults = new AsyncOptions { MaxRequests = most ?? 1 };
        var options = defaults with
        {
            MaxBody = Size(section, "MaxBody", LargestBody) ?? defaults.MaxBody,
            MaxSize = Size(section, "MaxSize", long.MaxValue) ?? defaults.MaxSize,
            AtOnce = section.Integer("AtOnce", 1, MostAtOnce) ?? defaults.AtOnce,
            Attempts = section.Integer("Attempts", 1, MostAttempts) ?? defaults.Attempts,
            RetryOn = Statuses(section) ?? defaults.RetryOn,
            Timeout = section.Duration("Timeout", s_shortest, s_longest) ?? defaults.Timeout,
            Keep = section.Duration("Keep", s_shortest, s_longest) ?? defaults.Keep,
            Folder = section.FilePath("Folder", "write the folder in which requests are to be kept") is { Length: > 0 } folder ? folder : null,
            Callbacks = Callbacks(section),
        };
        if (most is null && !section.Has("MaxRequests") && section.Node is { HasChildren: true })
        {
            section.Error("MaxRequests", "missing, so no requests would be kept; write how many may be kept at once, e.g. 1000, or remove Async.");
        }

        if (options.MaxSize < options.MaxBody)
        {
            section.Error("MaxSize", $"{MemorySize.Format(options.MaxSize)} is less than one body of MaxBody, {MemorySize.Format(options.MaxBody)}; write as much or more.");
        }

        section.End();
        return most is null ? null : options;
    }

    private static long? Size(SectionReader section, string key, long largest)
    {
        if (section.Text(key, s_body) is not { } text)
        {
            return null;
        }

        if (MemorySize.TryParse(text, out var bytes) && bytes >= SmallestBody && bytes <= largest)
        {
            return bytes;
        }

        section.Error(key, largest == long.MaxValue
            ? $"{ReadContext.Quote(text)} is not a size of {MemorySize.Format(SmallestBody)} or more; write e.g. \"64MiB\"."
            : $"{ReadContext.Quote(text)} is not a size from {MemorySize.Format(SmallestBody)} to {MemorySize.Format(largest)}; write e.g. \"1MiB\".");
        return null;
    }

    private static ValueList<int>? Statuses(SectionReader section)
    {
        var statuses = new SortedSet<int>();
        foreach (var item in section.List("RetryOn", s_status))
        {
            if (int.TryParse(item.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status is >= 400 and < 600)
            {
                statuses.Add(status);
            }
            else
            {
                section.Error(item, $"{ReadContext.Quote(item.Value)} is not the status of an answer that tells of a failure; write a number from 400 to 599.");
            }
        }

        return statuses.Count == 0 ? null : new(statuses);
    }

    private static ValueList<Uri> Callbacks(SectionReader section)
    {
        var all = new List<Uri>();
        foreach (var item in section.List("Callbacks", s_callback))
        {
            if (Uri.TryCreate(item.Value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address is { UserInfo.Length: 0, Query.Length: 0, Fragment.Length: 0 })
            {
                all.Add(address);
            }
            else
            {
                section.Error(item, $"{ReadContext.Quote(item.Value)} is not an address below which answers may be posted; write e.g. \"https://hooks.example/answers/\", without a user, a '?' or a '#'.");
            }
        }

        if (all.Count > MostCallbacks)
        {
            section.Error("Callbacks", string.Create(CultureInfo.InvariantCulture, $"there are {all.Count} addresses, and {MostCallbacks} are the most; join some by what they begin with."));
        }

        return new(all);
    }
}
