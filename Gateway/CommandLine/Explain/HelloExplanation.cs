using System.Net;
using Gateway.Listening;
using Gateway.Model;

namespace Gateway.CommandLine.Explain;

/// <summary>Explains the ClientHello, as <see cref="ClientHelloSignals"/> hears it.</summary>
internal static class HelloExplanation
{
    public static Step Explain(UnstartedGateway gateway, Question question, Place place)
    {
        if (place.Listen is null || place.Listener.IsAdmin)
        {
            return Step.Nothing(place.Listen is null ? "There is no connection on which one could be sent." : "The admin endpoint's ClientHellos wake nothing.");
        }

        if (!place.IsTls || question.Scheme == Uri.UriSchemeHttp)
        {
            return Step.Nothing(place.IsTls ? $"None is sent: the URL says http, and {place.Listen} speaks TLS." : $"None is sent: {place.Listen} speaks no TLS.");
        }

        var proxied = gateway.Proxies.Expects(new IPEndPoint(question.From, question.FromPort)) ? $"A PROXY header has to come first from {question.From} (Gateway:ProxyProtocol:From). " : "";
        var own = place.Listener.Function;
        if (place.Listener.Names is { } names && names.Find(question.Sni) is null)
        {
            return Step.Nothing($"{proxied}No function at {place.Listen} has {(question.Sni is null ? "a connection without a server name (--sni)" : $"'{question.Sni}'")} in its Sni, so the client gets the alert unrecognized_name.");
        }

        var function = own ?? (place.Listener.Names is { } shared ? shared.Find(question.Sni) : question.Sni is { } name ? gateway.Hosts.Find(name) : null);
        if (function is null)
        {
            return Step.Nothing(proxied + (question.Sni is null
                ? "Without a server name (--sni) the ClientHello names no function on a shared address."
                : $"No function alone has '{question.Sni}' among the Hosts of its routes, so the ClientHello names none; the request may."));
        }

        var words = new Words(gateway, question);
        var (by, named) = place.Listener.Names is not null ? ("Sni", $"The server name '{question.Sni}' is {function.Name}'s, by its Sni") : own is null ? ("Hosts", $"The server name '{question.Sni}' is {function.Name}'s, by the Hosts of its routes") : ("Listen", $"On {function.Name}'s own address the ClientHello is {function.Name}'s, whatever its server name");
        return words.Denied(function) is { } denied
            ? new Step(function.Name, by, Wakes: false, $"{proxied}{named}. {denied}, so it wakes nothing.")
            : function.Options.Idle.Ignore?.Names(question.From) == true
            ? new Step(function.Name, by, Wakes: false, $"{proxied}{named}. It wakes nothing, because {function.Name}'s Idle:Ignore names {question.From} as a Source: the request decides.")
            : Words.Down(function.Options) is { } down
            ? new Step(function.Name, by, Wakes: false, $"{proxied}{named}. It wakes nothing: {down}.")
            : function.Options.LetsWake(SignalKind.ClientHello)
            ? new Step(function.Name, by, Wakes: true, $"{proxied}{named}: it wakes {function.Name}, unless it wakes already.{Reader(gateway, words)} {words.HandshakeLimits()}")
            : new Step(function.Name, by, Wakes: false, $"{proxied}{named}. It wakes nothing, because {function.Name}'s WakeOn is {function.Options.WakeOn}.");
    }

    private static string Reader(UnstartedGateway gateway, Words words) =>
        gateway.Options.Ebpf.ClientHello && words.Takers() is { } devices ? $" XDP on {devices} reads it before the gateway does, if the driver has it." : "";
}
