using System.CommandLine;
using System.Globalization;
using Gateway.Admin;
using Gateway.Telemetry;

namespace Gateway.CommandLine;

/// <summary><c>Gateway top</c> shows what <c>ps</c> prints, as it changes.</summary>
internal static class TopCommand
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    public static Command Create(GatewayChoice gateway, TextWriter output)
    {
        var command = gateway.On(new Command("top", "Shows the functions of a running gateway, what is busy first, once a second; q ends it. It needs a terminal."));
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (TerminalText.WidthOf(output) is null)
            {
                throw new CommandException("top needs a terminal; ps prints the same once.", ExitCodes.CannotStart);
            }

            using var api = gateway.Connect(parsed);
            // What keeps it from beginning is told without a screen.
            var functions = await api.FunctionsAsync(cancellationToken);
            using var screen = new LiveScreen(output);
            try
            {
                while (true)
                {
                    screen.Draw(Lines(functions, await api.LastColdStartsAsync(screen.Left), TerminalText.WidthOf(output)));
                    await screen.WaitAsync(s_pause);
                    functions = await api.FunctionsAsync(screen.Left);
                }
            }
            catch (OperationCanceledException) when (screen.Left.IsCancellationRequested)
            {
                return ExitCodes.Done;
            }
        });
        return command;
    }

    private static IEnumerable<string> Lines(IReadOnlyList<FunctionView> functions, IReadOnlyList<ColdStartView> coldStarts, int? width)
    {
        var running = functions.Count(function => function.State == "Running");
        var heading = string.Create(CultureInfo.InvariantCulture, $"{functions.Count} functions, {running} running, {functions.Sum(function => function.InFlight)} requests in flight; q ends");
        return [heading.Length > width ? heading[..width.Value] : heading, "", .. FunctionTable.Lines([.. functions.OrderByDescending(function => function.InFlight).ThenBy(Rank)], coldStarts, width)];
    }

    // States by how much goes on in them.
    private static int Rank(FunctionView function) =>
        function.State switch { "Failed" => 0, "Starting" => 1, "Draining" => 2, "Running" => 3, "Paused" => 4, "PagedOut" => 5, "Initialized" => 6, _ => 7 };
}
