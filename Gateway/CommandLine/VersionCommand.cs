using System.CommandLine;
using Gateway.Telemetry;

namespace Gateway.CommandLine;

/// <summary><c>Gateway version</c>, which prints the same as <c>--version</c>.</summary>
internal static class VersionCommand
{
    public static Command Create(TextWriter output)
    {
        var command = new Command("version", "Says which version this is.");
        command.SetAction(async (_, _) =>
        {
            await output.WriteLineAsync(BuildMetrics.Version);
            return ExitCodes.Done;
        });
        return command;
    }
}
