using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Model;

namespace Gateway.CommandLine.Explain;

/// <summary>Explains the SYN: docs/kernel.md and docs/early-signals.md have the rules that the kernel follows.</summary>
internal static class SynExplanation
{
    public static Step Explain(UnstartedGateway gateway, Question question, Place place)
    {
        if (place.Listen is null)
        {
            return Step.Nothing($"Nothing of this configuration listens on {question.Address}, so the system refuses the connection, unless another program takes it.");
        }

        if (place.Listener.IsAdmin)
        {
            return Step.Nothing($"{question.Address} is the admin endpoint ({place.Key}), where nothing is woken.");
        }

        var options = gateway.Options;
        var own = place.Listener.Function;
        var where = own is null ? $"{question.Address} is an address that functions share ({place.Key}, {place.Listen})." : $"{question.Address} is {own.Name}'s alone ({place.Key}, {place.Listen}).";
        if (options.Ebpf.Mode == EbpfMode.Off)
        {
            return new Step(own?.Name, own is null ? null : "Listen", Wakes: false, $"{where} Nothing hears the SYN, because Gateway:Ebpf:Mode is Off.");
        }

        if (own is null && new Words(gateway, question).Denied(function: null) is { } denied)
        {
            return Step.Nothing($"{where} {denied}, so its SYN wakes nothing.");
        }

        // An id is looked at on shared addresses only.
        var byId = own is null && question.SynId is { } id ? gateway.Functions.FirstOrDefault(function => function.Options.SynId == id) : null;
        return (own ?? byId) is not { } function
            ? Step.Nothing($"{where} {Unnamed(options, question)}")
            : Named(gateway, question, function, own is not null ? "Listen" : "SynId", own is not null && question.SynId is not null ? $"{where} An id in the SYN counts on shared addresses only." : where);
    }

    private static Step Named(UnstartedGateway gateway, Question question, Function function, string by, string where)
    {
        var words = new Words(gateway, question);
        var named = by == "SynId" ? $" The id '{question.SynId}' is {function.Name}'s (SynId)." : "";
        if (words.Denied(function) is { } denied)
        {
            return new Step(function.Name, by, Wakes: false, $"{where}{named} {denied}, so the SYN wakes nothing{(by == "Listen" ? ", and the connection is closed as soon as it is made" : "")}.");
        }

        if (function.Options.Idle.Ignore?.Names(question.From) == true)
        {
            return new Step(function.Name, by, Wakes: false, $"{where}{named} The SYN wakes nothing, because {function.Name}'s Idle:Ignore names {question.From} as a Source: the request decides.");
        }

        if (Words.Down(function.Options) is { } down)
        {
            return new Step(function.Name, by, Wakes: false, $"{where}{named} The SYN wakes nothing: {down}.");
        }

        return function.Options.LetsWake(SignalKind.Syn)
            ? new Step(function.Name, by, Wakes: true, $"{where}{named} The SYN wakes {function.Name}: {words.Hooks()}. {words.SynLimits()}")
            : new Step(function.Name, by, Wakes: false, $"{where}{named} The SYN wakes nothing, because {function.Name}'s WakeOn is {function.Options.WakeOn}{(function.Options.LetsWake(SignalKind.Established) ? ": the handshake's last ACK does, a round trip later" : "")}.");
    }

    private static string Unnamed(GatewayOptions options, Question question)
    {
        var id = question.SynId is { } written ? $"No function has the SynId '{written}'" : "The SYN has no id";
        return options.Ebpf.ReturningClients.Enabled
            ? $"{id}, so it names a function only if {question.From} comes again: then the one that it asked for last (Gateway:Ebpf:ReturningClients)."
            : $"{id}, so it names no function.";
    }
}
