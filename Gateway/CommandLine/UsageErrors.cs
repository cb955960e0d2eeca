using System.CommandLine;
using Gateway.Configuration;

namespace Gateway.CommandLine;

/// <summary>Explains in one sentence what is wrong with a command line.</summary>
internal static class UsageErrors
{
    /// <returns>Returns null if nothing is wrong.</returns>
    public static string? Explain(ParseResult parsed, RootCommand root)
    {
        if (parsed.UnmatchedTokens.Count > 0)
        {
            return Unknown(parsed.UnmatchedTokens[0], parsed.CommandResult.Command, root);
        }

        return parsed.Errors.Count == 0 ? null : $"{parsed.Errors[0].Message.TrimEnd('.')}; see --help.";
    }

    private static string Unknown(string word, Command command, RootCommand root)
    {
        if (word.StartsWith('-') || word.StartsWith('/') || word.Contains('=', StringComparison.Ordinal))
        {
            var option = word.Split('=', 2)[0];
            var section = CommandLineArguments.SectionOf(word) ?? option;
            var near = TopLevel.Near(section) is { } meant
                ? option.Replace(section, meant, StringComparison.Ordinal)
                : option.Length <= 2 ? null : Suggestion.For(option, command.Options.Concat(root.Options).SelectMany(known => known.Aliases.Append(known.Name)));
            return near is null
                ? $"unknown option '{option}'; --help shows the options, and keys of the configuration begin with a section, e.g. --{TopLevel.Sections[0]}:."
                : $"unknown option '{option}'; did you mean '{near}'?";
        }

        if (command != root)
        {
            return $"unexpected argument '{word}' of {command.Name}; see {command.Name} --help.";
        }

        var verbs = root.Subcommands.Select(verb => verb.Name).ToArray();
        return Suggestion.For(word, verbs) is { } verb ? $"unknown command '{word}'; did you mean '{verb}'?" : $"unknown command '{word}'; known are {string.Join(", ", verbs)}.";
    }
}
