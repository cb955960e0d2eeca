using System.CommandLine;
using Gateway.Configuration.Schema;
using Gateway.Runtimes;

namespace Gateway.CommandLine;

/// <summary><c>Gateway schema</c> prints the JSON schema of appsettings.json, which editors complete and underline by.</summary>
internal static class SchemaCommand
{
    public static Command Create(TextWriter output)
    {
        var command = new Command("schema", "Prints the JSON schema of appsettings.json (draft 2020-12), for editors.");
        command.SetAction(async (_, _) =>
        {
            await output.WriteLineAsync(ConfigurationSchema.Print(RuntimeModules.All));
            return ExitCodes.Done;
        });
        return command;
    }
}
