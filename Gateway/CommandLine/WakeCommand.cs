using System.CommandLine;

namespace Gateway.CommandLine;

/// <summary><c>Gateway wake NAME</c> has a function run, and returns once it does.</summary>
internal static class WakeCommand
{
    public static Command Create(GatewayChoice gateway, FunctionName name, TextWriter output)
    {
        var function = name.Argument();
        var command = gateway.On(new Command("wake", "Wakes a function of a running gateway, and returns when it runs; exit code 1 if it does not start.") { function });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var api = gateway.Connect(parsed);
            var woken = await api.ActAsync(parsed.GetValue(function)!, "wake", cancellationToken);
            await output.WriteLineAsync(TerminalText.OneLine($"{woken.Name}: {woken.State} ({FunctionTable.Instances(woken)})"));
            return ExitCodes.Done;
        });
        return command;
    }
}
