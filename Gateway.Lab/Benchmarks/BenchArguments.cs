namespace Gateway.Lab.Benchmarks;

/// <summary>What the user asked for.</summary>
/// <param name="Case">A name out of <see cref="BenchCases"/>.</param>
/// <param name="Quick">Fewer cells and fewer repetitions.</param>
/// <param name="Json">One JSON object on standard output and nothing else.</param>
internal sealed record BenchArguments(string Case, bool Quick, bool Json)
{
    public const string Usage = "usage: ./bench coldstart|warm|signal|scale [--quick] [--json]";

    /// <summary>Null and a sentence when they cannot be understood.</summary>
    public static (BenchArguments? Arguments, string Error) Parse(IReadOnlyList<string> arguments)
    {
        var names = arguments.Where(argument => !argument.StartsWith('-')).ToArray();
        if (arguments.FirstOrDefault(argument => argument.StartsWith('-') && argument is not ("--quick" or "--json")) is { } unknown)
        {
            return (null, $"bench: there is no option '{unknown}'; {Usage}");
        }

        return names switch
        {
            [] => (null, Usage),
            ["flood"] => (null, "bench: 'flood' is not there yet: limits against floods of SYNs come first, then their measurement"),
            [var name] when BenchCases.Names.Contains(name, StringComparer.Ordinal) => (new(name, arguments.Contains("--quick"), arguments.Contains("--json")), ""),
            [var name] => (null, $"bench: there is no case '{name}'; {Usage}"),
            _ => (null, $"bench: one case at a time; {Usage}"),
        };
    }
}
