using System.CommandLine;
using System.Text.Json;
using Gateway.Admin;

namespace Gateway.CommandLine;

/// <summary><c>Gateway logs NAME</c> prints what a function's programs have written.</summary>
internal static class LogsCommand
{
    private const int DefaultTail = 100;

    public static Command Create(GatewayChoice gateway, FunctionName name, TextWriter output)
    {
        var function = name.Argument();
        var follow = new Option<bool>("--follow", "-f") { Description = "Goes on with each line as it is written, until Ctrl-C or the gateway's end." };
        var tail = new Option<int>("--tail") { HelpName = "N", Description = "How many of the lines that are kept, 0 to 1000.", DefaultValueFactory = _ => DefaultTail };
        var json = new Option<bool>("--json") { Description = "Prints each line as the JSON object that the gateway answers." };
        var command = gateway.On(new Command("logs", "Prints the last lines that a function's programs have written: time, instance, stream, text. Colours and control characters are left out.") { function, follow, tail, json });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var api = gateway.Connect(parsed);
            var query = $"logs?tail={parsed.GetValue(tail)}{(parsed.GetValue(follow) ? "&follow=true" : "")}";
            using var response = await api.OpenAsync(parsed.GetValue(function)!, query, cancellationToken);
            try
            {
                await PrintAsync(response, parsed.GetValue(json), output, cancellationToken);
            }
            catch (Exception error) when (error is HttpRequestException or IOException or JsonException)
            {
                throw api.Gone();
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static async Task PrintAsync(HttpResponseMessage response, bool isJson, TextWriter output, CancellationToken cancellationToken)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var reader = new StreamReader(body);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            var view = JsonSerializer.Deserialize(line, AdminJson.Default.OutputView) ?? throw new JsonException("null");
            await output.WriteLineAsync(isJson ? line : TerminalText.OneLine($"{view.At} {view.Instance ?? "-"} {view.Stream} {view.Text}"));
            await output.FlushAsync(cancellationToken);
        }
    }
}
