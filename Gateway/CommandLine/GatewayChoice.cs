using System.CommandLine;
using Gateway.Configuration;

namespace Gateway.CommandLine;

/// <summary>The options of a command that asks a running gateway: which one it is.</summary>
/// <param name="settings">The keys of the configuration on the command line.</param>
internal sealed class GatewayChoice(string[] settings)
{
    /// <summary>How long a person who types waits for a completion.</summary>
    private static readonly TimeSpan s_typing = TimeSpan.FromSeconds(1);

    private readonly Option<string?> _url = new("--url") { HelpName = "URL", Description = "The address of the gateway's admin endpoint in the place of the configuration's: http, https or unix." };
    private readonly Option<string?> _tokenFile = new("--token-file") { HelpName = "FILE", Description = "The file with the endpoint's token in the place of the configuration's." };

    /// <summary>Adds the options to a command.</summary>
    public Command On(Command command)
    {
        command.Options.Add(_url);
        command.Options.Add(_tokenFile);
        return command;
    }

    /// <summary>Returns the names of the gateway's functions for a shell that completes a line; none if it does not answer at once.</summary>
    public IEnumerable<string> Functions(ParseResult parsed)
    {
        try
        {
            using var api = Connect(parsed);
            using var limit = new CancellationTokenSource(s_typing, TimeProvider.System);
            return [.. Task.Run(() => api.FunctionsAsync(limit.Token)).GetAwaiter().GetResult().Select(function => function.Name)];
        }
        catch (Exception error) when (error is ConfigurationException or CommandException or OperationCanceledException)
        {
            return [];
        }
    }

    /// <summary>Returns a client of the gateway. Nothing is sent yet.</summary>
    /// <exception cref="ConfigurationException">The configuration does not say which gateway.</exception>
    /// <exception cref="CommandException">An option cannot be used.</exception>
    public AdminApi Connect(ParseResult parsed) => new(parsed.GetValue(_url) is { } url
        ? AdminAddress.Of(url, parsed.GetValue(_tokenFile))
        : AdminAddress.Of(GatewayConfiguration.ReadAdmin(settings), parsed.GetValue(_tokenFile)));
}
