using Gateway.Activation;
using Gateway.Configuration.Proxy;
using Microsoft.AspNetCore.WebUtilities;
using Yarp.ReverseProxy.Configuration;

namespace Gateway.CommandLine.Explain;

/// <summary>Explains the request, by sending one through the gateway's own pipeline up to where it would be held or forwarded.</summary>
internal static class RequestExplanation
{
    public static async Task<RequestStep> ExplainAsync(UnstartedGateway gateway, Question question, Place place)
    {
        if (place.Listen is null || place.Listener.IsAdmin)
        {
            return RequestStep.Nothing(place.Listen is null ? "No request arrives." : "The admin endpoint answers it itself (docs/operating.md).");
        }

        if (place.Listener.IsBytes)
        {
            return RequestStep.Nothing($"Bytes are passed on at {place.Listen}, so there is no request to the gateway: the connection itself is held until {place.Listener.Function?.Name ?? "the function of its server name"} runs.");
        }

        if (question.Scheme is not null && (question.Scheme == Uri.UriSchemeHttps) != place.IsTls)
        {
            return RequestStep.Nothing($"The URL says {question.Scheme}, and {place.Listen} does not speak that, so no request is understood.");
        }

        var words = new Words(gateway, question);
        // The connection is closed before a request is read on it.
        if (place.Listener.Function is { } own && words.Denied(own) is { } closed)
        {
            return RequestStep.Nothing($"{closed}, and the connection is closed before a request is read.");
        }

        var arrival = await gateway.SendAsync(question, place.Listener, place.IsTls);
        var what = $"GET {question.Target} with the Host {question.HostOrAddress}";
        if (arrival.Status is { } status)
        {
            return Refused(gateway, question, place, arrival, status, what);
        }

        var route = arrival.Route!;
        var function = place.Listener.Function ?? gateway.Functions.FirstOrDefault(known => known.Name.Equals(route.ClusterId, StringComparison.OrdinalIgnoreCase));
        var by = place.Listener.Function is not null ? "because the address is its own" : $"by the route '{route.RouteId}'{Match(route)}";
        if (function?.Options.Idle.Ignore is { } ignored && ignored.Has(HttpMethods.Get, PathString.FromUriComponent(question.Path).Value ?? "", userAgent: "", question.From))
        {
            return new RequestStep(function.Name, function.Name, place.Listener.Function is null ? route.RouteId : null, Status: null,
                $"{what} is for {function.Name}, {by}, whose Idle:Ignore has it: it wakes nothing and does not count as use. While {function.Name} rests, the gateway answers it {ignored.Answer.Status}.");
        }

        if (function is not null && Words.Down(function.Options) is { } down)
        {
            return new RequestStep(
                function.Name, function.Name, place.Listener.Function is null ? route.RouteId : null, StatusCodes.Status503ServiceUnavailable, $"{what} is for {function.Name}, {by}, and is answered 503 by the gateway: {down}.");
        }

        return function is null
            ? new RequestStep(Function: null, route.ClusterId, route.RouteId, Status: null, $"{what} is forwarded to the cluster '{route.ClusterId}' of ReverseProxy:Clusters, {by}. It is no function, so nothing is woken and nothing waits.")
            : new RequestStep(function.Name, function.Name, place.Listener.Function is null ? route.RouteId : null, Status: null, $"{what} is for {function.Name}, {by}, and wakes it if nothing has before. {Words.Hold(function.Options)}{Words.Bonds(function.Options)}");
    }

    private static RequestStep Refused(UnstartedGateway gateway, Question question, Place place, Arrival arrival, int status, string what)
    {
        var words = new Words(gateway, question);
        var route = arrival.Route is { } taken && !taken.RouteId.StartsWith(Reserved.Prefix, StringComparison.OrdinalIgnoreCase) ? taken : null;
        var function = place.Listener.Function ?? gateway.Functions.FirstOrDefault(known => known.Name.Equals(route?.ClusterId, StringComparison.OrdinalIgnoreCase));
        var why = status == StatusCodes.Status403Forbidden && words.Denied(function) is { } denied ? denied
            : arrival.Route is null ? "no route of ReverseProxy:Routes takes it"
            : $"a policy of {(route is null ? $"Gateway:Functions:{function?.Name}:Route" : $"the route '{route.RouteId}'")} or of the whole gateway answers (docs/policies.md)";
        return new RequestStep(function?.Name, route?.ClusterId, route?.RouteId, status, $"{what} is answered {status} {ReasonPhrases.GetReasonPhrase(status)} by the gateway: {why}. It wakes nothing.");
    }

    private static string Match(RouteConfig route) => (route.Match.Hosts, route.Match.Path) switch
    {
        ({ Count: > 0 } hosts, { } path) => $" (Hosts {string.Join(", ", hosts)}, Path {path})",
        ({ Count: > 0 } hosts, null) => $" (Hosts {string.Join(", ", hosts)})",
        (_, { } path) => $" (Path {path})",
        _ => "",
    };
}
