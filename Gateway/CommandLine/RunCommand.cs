using System.CommandLine;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.CommandLine;

/// <summary><c>Gateway run</c>, which is the default without a verb.</summary>
internal static class RunCommand
{
    public static Command Create(string[] settings)
    {
        var command = new Command("run", "Runs the gateway until it is told to end (SIGTERM, Ctrl-C).");
        command.SetAction(async (_, _) =>
        {
            await InlineSockets.TurnOnAsync();
            return await GatewayHost.RunAsync(GatewayConfiguration.CreateBuilder(settings), RuntimeModules.All);
        });
        return command;
    }
}
