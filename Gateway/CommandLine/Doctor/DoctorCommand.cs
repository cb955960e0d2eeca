using System.CommandLine;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.CommandLine.Doctor;

/// <summary><c>Gateway doctor</c> says what this machine allows the gateway to do, and what mends the rest.</summary>
internal static class DoctorCommand
{
    public static Command Create(string[] settings, TextWriter output)
    {
        var json = new Option<bool>("--json") { Description = "Prints one JSON object: file, good, and checks, each with state, name, finding, cost and mend." };
        var command = new Command(
            "doctor",
            "Says what this machine allows the gateway to do, and what it lacks of what the configuration uses: what that costs, and what mends it. Run it as the gateway is run; it changes nothing. Exit code 1 if something is missing.") { json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var report = await ExamineAsync(settings, cancellationToken);
            if (parsed.GetValue(json))
            {
                await output.WriteLineAsync(report.ToJson());
            }
            else
            {
                foreach (var line in report.Lines())
                {
                    await output.WriteLineAsync(line);
                }
            }

            return report.Good ? ExitCodes.Done : ExitCodes.Found;
        });
        return command;
    }

    private static async Task<DoctorReport> ExamineAsync(string[] settings, CancellationToken cancellationToken)
    {
        var file = GatewayConfiguration.FileOf(null, settings);
        using var configuration = GatewayConfiguration.Check(null, settings, RuntimeModules.All, needsAny: false);
        var count = configuration.Options.Functions.Count;
        var isThere = File.Exists(file);
        var first = isThere
            ? Finding.Ok("configuration", $"{file}, {count} {(count == 1 ? "function" : "functions")}")
            : Finding.Note("configuration", $"no {file}, so that what the machine allows is told of defaults, settings of the command line and the environment");
        return DoctorReport.Of(isThere ? file : null, [first, .. await Checks.RunAsync(configuration.Options, Path.GetDirectoryName(file)!, RuntimeModules.All, cancellationToken)]);
    }
}
