using System.CommandLine;
using Gateway.Configuration;
using Gateway.Runtimes;

namespace Gateway.CommandLine;

/// <summary><c>Gateway check [FILE]</c> checks a configuration as a start does, and starts nothing.</summary>
internal static class CheckCommand
{
    public static Command Create(string[] settings, TextWriter output, TextWriter errors)
    {
        var file = new Argument<string?>("FILE")
        {
            Description = "The file to judge in the place of appsettings.json. Relative paths in it start at its own folder, or at --contentRoot.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new Command("check", "Judges a configuration as a start does: every mistake with its path, and exit code 2 if there is one.") { file };
        command.SetAction(async (parsed, _) =>
        {
            using var checkedConfiguration = GatewayConfiguration.Check(parsed.GetValue(file), settings, RuntimeModules.All);
            foreach (var warning in checkedConfiguration.Warnings)
            {
                await errors.WriteLineAsync($"warning: {warning}");
            }

            var count = checkedConfiguration.Options.Functions.Count;
            await output.WriteLineAsync($"The configuration is good: {count} {(count == 1 ? "function" : "functions")}.");
            return ExitCodes.Done;
        });
        return command;
    }
}
