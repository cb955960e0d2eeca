using System.CommandLine;

namespace Gateway.CommandLine.Explain;

/// <summary><c>Gateway explain FROM TO</c> says what would become of a client's SYN, ClientHello and request, and why.</summary>
internal static class ExplainCommand
{
    public static Command Create(string[] settings, TextWriter output)
    {
        var from = new Argument<string>("FROM") { Description = "The client: an address, or address:port." };
        var to = new Argument<string>("TO") { Description = "What it dials: address:port, or a URL, whose host name is its server name and Host." };
        var sni = new Option<string?>("--sni") { HelpName = "NAME", Description = "The server name of its ClientHello." };
        var host = new Option<string?>("--host") { HelpName = "NAME", Description = "The Host of its request; without it the server name, or the address." };
        var path = new Option<string?>("--path") { HelpName = "PATH", Description = "The path of its request, with its query if there is one; / without it." };
        var synId = new Option<string?>("--syn-id") { HelpName = "ID", Description = "The id that its SYN carries." };
        var json = new Option<bool>("--json") { Description = "Prints one JSON object: what was asked, answered, and syn, clientHello and request, each with function, text and more." };
        var command = new Command(
            "explain",
            "Says which function a client's SYN, ClientHello and GET request would wake by the configuration that a start would read here, and why. No gateway need run, and none is asked. Exit code 1 if neither a function nor a cluster of your own answers.")
        {
            from, to, sni, host, path, synId, json,
        };
        command.SetAction(async (parsed, _) =>
        {
            var question = Question.Of(parsed.GetValue(from)!, parsed.GetValue(to)!, parsed.GetValue(sni), parsed.GetValue(host), parsed.GetValue(path), parsed.GetValue(synId));
            await using var gateway = UnstartedGateway.Of(settings);
            var report = await ExplainReport.OfAsync(gateway, question);
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

            return report.Answered ? ExitCodes.Done : ExitCodes.Found;
        });
        return command;
    }
}
