using System.Diagnostics.CodeAnalysis;
using Gateway.Configuration;

namespace Gateway.CommandLine;

/// <summary>The arguments of the command line, in two parts.</summary>
/// <param name="Words">The verbs, options and their arguments.</param>
/// <param name="Settings">The keys of the configuration, in the form of the framework's command-line provider.</param>
internal sealed record CommandLineArguments(string[] Words, string[] Settings)
{
    /// <summary>Splits the arguments. Settings are recognised by their first key, which names a section: <c>--Key=value</c>, <c>--Key value</c>, <c>/Key=value</c>, <c>Key=value</c>.</summary>
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

    /// <summary>Returns the first key of an argument in the form of a setting; null for any other.</summary>
    public static string? SectionOf(string argument)
    {
        var equals = argument.IndexOf('=', StringComparison.Ordinal);
        var key = equals < 0 ? argument : argument[..equals];
        var bare = key.StartsWith("--", StringComparison.Ordinal) ? key[2..] : key.StartsWith('/') ? key[1..] : equals < 0 ? "" : key;
        return bare.Length == 0 ? null : bare.Split(':', 2)[0];
    }

    private static bool IsSetting(string argument) => SectionOf(argument) is { } section && TopLevel.Knows(section);
}
