using System.Globalization;
using System.Text.RegularExpressions;

namespace Gateway.Lab.Benchmarks;

/// <summary>The parsed command line.</summary>
/// <param name="Case">A name out of <see cref="BenchCases"/>.</param>
/// <param name="Quick">Whether fewer cells are measured, with fewer repetitions.</param>
/// <param name="Json">Whether standard output gets one JSON object and nothing else.</param>
/// <param name="NameFilter">Selects the cells whose name matches; null for all.</param>
/// <param name="Minutes">How long the soak lasts; null for its own time.</param>
/// <param name="Against">The folder of the published gateway that a warm one is compared with; null for none.</param>
internal sealed record BenchArguments(string Case, bool Quick, bool Json, Regex? NameFilter = null, int? Minutes = null, string? Against = null)
{
    public const string Usage = "usage: ./bench coldstart|programs|chain|warm|signal|scale|step|flood|soak|rest [--quick] [--json] [--only REGEX] [--minutes N] [--against FOLDER]";

    /// <summary>Cases whose cells have names to choose by.</summary>
    private static readonly string[] s_choosable = ["coldstart", "flood"];

    private static readonly TimeSpan s_matchTime = TimeSpan.FromSeconds(1);

    /// <summary>Parses a command line. Returns null and a sentence if it is wrong.</summary>
    public static (BenchArguments? Arguments, string Error) Parse(IReadOnlyList<string> arguments)
    {
        var (others, only, error) = TakeNameFilter(arguments);
        if (error.Length > 0)
        {
            return (null, error);
        }

        var (rest, against, wrongFolder) = TakeAgainst(others);
        if (wrongFolder.Length > 0)
        {
            return (null, wrongFolder);
        }

        var (words, minutes, wrongTime) = TakeMinutes(rest);
        if (wrongTime.Length > 0)
        {
            return (null, wrongTime);
        }

        var names = words.Where(argument => !argument.StartsWith('-')).ToArray();
        if (words.FirstOrDefault(argument => argument.StartsWith('-') && argument is not ("--quick" or "--json")) is { } unknown)
        {
            return (null, $"bench: there is no option '{unknown}'; {Usage}");
        }

        return names switch
        {
            [] => (null, Usage),
            [var name] when !BenchCases.Names.Contains(name, StringComparer.Ordinal) => (null, $"bench: there is no case '{name}'; {Usage}"),
            [var name] when only is not null && !s_choosable.Contains(name) => (null, $"bench: '{name}' is measured as a whole; --only is for {string.Join(", ", s_choosable)}"),
            [var name] when minutes is not null && name != "soak" => (null, $"bench: '{name}' has its own time; --minutes is for soak"),
            [var name] when against is not null && name != "warm" => (null, $"bench: '{name}' compares with nothing; --against is for warm"),
            [var name] => (new(name, words.Contains("--quick"), words.Contains("--json"), only, minutes, against), ""),
            _ => (null, $"bench: one case at a time; {Usage}"),
        };
    }

    private static (IReadOnlyList<string> Words, int? Minutes, string Error) TakeMinutes(IReadOnlyList<string> arguments)
    {
        var place = arguments.ToList().FindIndex(argument => argument == "--minutes");
        if (place < 0)
        {
            return (arguments, null, "");
        }

        return place + 1 < arguments.Count && int.TryParse(arguments[place + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var minutes) && minutes is > 0 and <= 1440
            ? ([.. arguments.Take(place), .. arguments.Skip(place + 2)], minutes, "")
            : (arguments, null, $"bench: --minutes needs a whole number from 1 to 1440 after it; {Usage}");
    }

    private static (IReadOnlyList<string> Words, string? Against, string Error) TakeAgainst(IReadOnlyList<string> arguments)
    {
        var place = arguments.ToList().FindIndex(argument => argument == "--against");
        if (place < 0)
        {
            return (arguments, null, "");
        }

        return place + 1 < arguments.Count && !arguments[place + 1].StartsWith('-')
            ? ([.. arguments.Take(place), .. arguments.Skip(place + 2)], arguments[place + 1], "")
            : (arguments, null, $"bench: --against needs the folder of a published gateway after it; {Usage}");
    }

    private static (IReadOnlyList<string> Words, Regex? NameFilter, string Error) TakeNameFilter(IReadOnlyList<string> arguments)
    {
        var place = arguments.ToList().FindIndex(argument => argument == "--only");
        if (place < 0)
        {
            return (arguments, null, "");
        }

        if (place + 1 == arguments.Count)
        {
            return (arguments, null, $"bench: --only needs a regular expression after it; {Usage}");
        }

        try
        {
            var only = new Regex(arguments[place + 1], RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, s_matchTime);
            return ([.. arguments.Take(place), .. arguments.Skip(place + 2)], only, "");
        }
        catch (ArgumentException wrong)
        {
            return (arguments, null, $"bench: '{arguments[place + 1]}' after --only is no regular expression: {wrong.Message}");
        }
    }
}
