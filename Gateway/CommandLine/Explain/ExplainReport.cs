using System.Text.Json;

namespace Gateway.CommandLine.Explain;

/// <summary>What <c>explain</c> prints.</summary>
/// <param name="From">The client's address.</param>
/// <param name="To">The address that it dials.</param>
/// <param name="Sni">The server name of its ClientHello, or null.</param>
/// <param name="Host">The Host of its request.</param>
/// <param name="Path">The path and query of its request.</param>
/// <param name="SynId">The id in its SYN, or null.</param>
/// <param name="Listener">The address of the configuration that takes the connection, or null if none does.</param>
/// <param name="Key">The key that has it, or null.</param>
/// <param name="Answered">Whether a function or a cluster of the user's own answers the request.</param>
/// <param name="Syn">What becomes of the SYN.</param>
/// <param name="ClientHello">What becomes of the ClientHello.</param>
/// <param name="Request">What becomes of the request.</param>
internal sealed record ExplainReport(
    string From, string To, string? Sni, string Host, string Path, string? SynId, string? Listener, string? Key, bool Answered, Step Syn, Step ClientHello, RequestStep Request)
{
    /// <summary>Explains what becomes of a client's signals and request.</summary>
    /// <param name="gateway">The gateway of the configuration.</param>
    /// <param name="asked">What is asked.</param>
    /// <exception cref="CommandException">The question does not say which address is meant.</exception>
    public static async Task<ExplainReport> OfAsync(UnstartedGateway gateway, Question asked)
    {
        var (place, question) = Place.Find(gateway, asked);
        var request = await RequestExplanation.ExplainAsync(gateway, question, place);
        return new ExplainReport(
            question.From.ToString(), question.Address, question.Sni, question.HostOrAddress, question.Target, question.SynId,
            place.Listen?.ToString(), place.Listen is null ? null : place.Key,
            request is { Cluster: not null, Status: null },
            SynExplanation.Explain(gateway, question, place), HelloExplanation.Explain(gateway, question, place), request);
    }

    public string ToJson() => JsonSerializer.Serialize(this, CommandJson.Default.ExplainReport);

    /// <summary>Returns a line for each of the three.</summary>
    public IEnumerable<string> Lines()
    {
        const int Width = 13;
        foreach (var (name, text) in ((string, string)[])[("SYN", Syn.Text), ("ClientHello", ClientHello.Text), ("request", Request.Text)])
        {
            yield return TerminalText.OneLine(name.PadRight(Width) + text);
        }
    }
}
