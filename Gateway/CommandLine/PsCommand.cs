using System.CommandLine;

namespace Gateway.CommandLine;

/// <summary><c>Gateway ps</c> lists the functions of a running gateway.</summary>
internal static class PsCommand
{
    public static Command Create(GatewayChoice gateway, TextWriter output)
    {
        var json = new Option<bool>("--json") { Description = "Prints what GET /api/functions answers." };
        var command = gateway.On(new Command("ps", "Lists the functions of a running gateway: state, instances, requests in flight, what the last cold start hid and what its client waited, and why it rests where it does.") { json });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var api = gateway.Connect(parsed);
            if (parsed.GetValue(json))
            {
                await output.WriteLineAsync(await api.TextAsync("/api/functions", cancellationToken));
                return ExitCodes.Done;
            }

            var functions = await api.FunctionsAsync(cancellationToken);
            foreach (var line in FunctionTable.Lines(functions, await api.LastColdStartsAsync(cancellationToken), TerminalText.WidthOf(output)))
            {
                await output.WriteLineAsync(line);
            }

            return ExitCodes.Done;
        });
        return command;
    }
}
