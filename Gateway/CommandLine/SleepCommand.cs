using System.CommandLine;

namespace Gateway.CommandLine;

/// <summary><c>Gateway sleep NAME</c> brings a function to rest.</summary>
internal static class SleepCommand
{
    public static Command Create(GatewayChoice gateway, FunctionName name, TextWriter output)
    {
        var function = name.Argument();
        var tier = new Option<string?>("--tier") { HelpName = "TIER", Description = "Where it rests, as far as its runtime can: Stopped, Initialized, PagedOut or Paused. Without it the function's Idle:Tier, or Stopped where that is Auto or Running." };
        var command = gateway.On(new Command("sleep", "Brings a function of a running gateway to rest, once the requests in it are answered.") { function, tier });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var api = gateway.Connect(parsed);
            var query = parsed.GetValue(tier) is { } word ? $"sleep?tier={Uri.EscapeDataString(word)}" : "sleep";
            var resting = await api.ActAsync(parsed.GetValue(function)!, query, cancellationToken);
            await output.WriteLineAsync(TerminalText.OneLine($"{resting.Name}: {resting.State} ({FunctionTable.Instances(resting)})"));
            return ExitCodes.Done;
        });
        return command;
    }
}
