using Gateway.Configuration;

namespace Gateway.Runtimes;

/// <summary>Reads <c>HealthCheck</c>, which is <c>"None"</c> or has Docker's keys with the gateway's durations.</summary>
internal static class HealthCheckReader
{
    private const string Key = "HealthCheck";
    private const string Example = "write [\"CMD\", \"program\", \"argument\"], [\"CMD-SHELL\", \"command\"], [\"NONE\"], or the command as a text";

    // Engine API, HealthConfig: a time is 0, or at least a millisecond.
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>Reads the options, or returns null if the image's own check applies.</summary>
    public static HealthCheckOptions? Read(SectionReader function)
    {
        if (function.IsText(Key))
        {
            return function.Word(Key, ["None"]) is null ? null : HealthCheckOptions.None;
        }

        if (!function.Has(Key))
        {
            return null;
        }

        var section = function.Section(Key);
        var check = new HealthCheckOptions
        {
            Test = Test(section),
            Interval = section.Duration("Interval", Shortest, Longest),
            Timeout = section.Duration("Timeout", Shortest, Longest),
            Retries = section.Integer("Retries", 1, 1000),
            StartPeriod = section.Duration("StartPeriod", TimeSpan.Zero, Longest),
        };
        section.End();
        if (check.IsNone && (check.Interval ?? check.Timeout ?? check.StartPeriod) is not null || check is { IsNone: true, Retries: not null })
        {
            section.Error("Test", "NONE switches the check off, so there is nothing to time; remove the other keys.");
        }

        return check;
    }

    private static IReadOnlyList<string> Test(SectionReader section)
    {
        if (section.IsText("Test"))
        {
            return ["CMD-SHELL", section.Text("Test")!];
        }

        IReadOnlyList<string> test = [.. section.List("Test").Select(item => item.Value)];
        var right = test switch
        {
            [] or ["NONE"] => true,
            ["CMD", _, ..] => true,
            ["CMD-SHELL", _] => true,
            _ => false,
        };
        if (!right)
        {
            section.Error("Test", $"it begins with {ReadContext.Quote(test[0])} and has {test.Count} {(test.Count == 1 ? "part" : "parts")}, which is no check; {Example}.");
        }
        else if (test.Any(part => part.Contains('\0', StringComparison.Ordinal)))
        {
            section.Error("Test", "holds a NUL character, which ends a program's argument; remove it.");
        }
        else if (test is [_, var first, ..] && string.IsNullOrWhiteSpace(first))
        {
            section.Error("Test", $"the command is empty; {Example}.");
        }

        return test;
    }
}
