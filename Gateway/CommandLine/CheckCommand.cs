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
        var json = new Option<bool>("--json") { Description = "Prints one JSON object: file, good, functions, errors and warnings, each with path and message." };
        var command = new Command("check", "Judges a configuration as a start does: every mistake with its path, and exit code 2 if there is one.") { file, json };
        command.SetAction((parsed, _) => parsed.GetValue(json) ? PrintJsonAsync(parsed.GetValue(file), settings, output) : PrintAsync(parsed.GetValue(file), settings, output, errors));
        return command;
    }

    // Mistakes are printed by the caller, like those of a start.
    private static async Task<int> PrintAsync(string? file, string[] settings, TextWriter output, TextWriter errors)
    {
        using var checkedConfiguration = GatewayConfiguration.Check(file, settings, RuntimeModules.All);
        foreach (var warning in checkedConfiguration.Warnings)
        {
            await errors.WriteLineAsync($"warning: {warning}");
        }

        var count = checkedConfiguration.Options.Functions.Count;
        await output.WriteLineAsync($"The configuration is good: {count} {(count == 1 ? "function" : "functions")}.");
        return ExitCodes.Done;
    }

    private static async Task<int> PrintJsonAsync(string? file, string[] settings, TextWriter output)
    {
        var path = GatewayConfiguration.FileOf(file, settings);
        CheckReport report;
        try
        {
            using var good = GatewayConfiguration.Check(file, settings, RuntimeModules.All);
            report = new CheckReport(path, Good: true, good.Options.Functions.Count, [], CheckReport.Entries(good.Warnings));
        }
        catch (ConfigurationException mistakes)
        {
            report = new CheckReport(path, Good: false, 0, CheckReport.Entries(mistakes.Errors), []);
        }

        await output.WriteLineAsync(report.ToJson());
        return report.Good ? ExitCodes.Done : ExitCodes.CannotStart;
    }
}
