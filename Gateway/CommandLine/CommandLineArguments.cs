using System.Diagnostics.CodeAnalysis;
using Gateway.Configuration;

namespace Gateway.CommandLine;

/// <summary>What a user wrote behind the program's name, in two parts.</summary>
/// <param name="Words">Verbs, options and arguments.</param>
/// <param name="Settings">Keys of the configuration, as the framework's command-line provider takes them.</param>
internal sealed record CommandLineArguments(string[] Words, string[] Settings)
{
    /// <summary>Settings are told by their first key, which names a section: <c>--Key=value</c>, <c>--Key value</c>, <c>/Key=value</c>, <c>Key=value</c>.</summary>
    public static bool TrySplit(string[] arguments, [NotNullWhen(true)] out CommandLineArguments? split, [NotNullWhen(false)] out string? refusal)
    {
        (split, refusal) = (null, null);
        var words = new List<string>();
        var settings = new List<string>();
        for (var i = 0; i < arguments.Length; i++)
        {
            if (!IsSetting(arguments[i]))
            {
                words.Add(arguments[i]);
                continue;
            }

            settings.Add(arguments[i]);
            if (arguments[i].Contains('=', StringComparison.Ordinal))
            {
                continue;
            }

            if (++i == arguments.Length)
            {
                refusal = $"{arguments[i - 1]} has no value; write {arguments[i - 1]}=VALUE.";
                return false;
            }

            settings.Add(arguments[i]);
        }

        split = new CommandLineArguments([.. words], [.. settings]);
        return true;
    }

    /// <summary>The first key of what looks like a setting; null when it does not.</summary>
    public static string? SectionOf(string argument)
    {
        var equals = argument.IndexOf('=', StringComparison.Ordinal);
        var key = equals < 0 ? argument : argument[..equals];
        var bare = key.StartsWith("--", StringComparison.Ordinal) ? key[2..] : key.StartsWith('/') ? key[1..] : equals < 0 ? "" : key;
        return bare.Length == 0 ? null : bare.Split(':', 2)[0];
    }

    private static bool IsSetting(string argument) => SectionOf(argument) is { } section && TopLevel.Knows(section);
}
