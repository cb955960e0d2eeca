using System.Globalization;
using Gateway.Activation;
using Yarp.ReverseProxy.Transforms;

namespace Gateway.Forwarding;

/// <summary>
/// Takes <c>Headstart-Keep-Awake</c> off an answer, by which a function says for how many seconds its instance still works after it: a job that goes on behind its request. The client
/// does not see it.
/// </summary>
internal sealed class KeepAwake(FunctionRegistry registry, RepeatedErrors errors, ILogger logger) : ResponseTransform
{
    /// <summary>The header.</summary>
    public const string Header = "Headstart-Keep-Awake";

    /// <summary>The most seconds: a day.</summary>
    public const int Longest = 86_400;

    public override ValueTask ApplyAsync(ResponseTransformContext context)
    {
        if (context.ProxyResponse is { } answer && answer.Headers.NonValidated.TryGetValues(Header, out var values))
        {
            context.HttpContext.Response.Headers.Remove(Header);
            Note(context.HttpContext, values.ToString());
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Reads the header's value.</summary>
    /// <returns>Returns null if it is not a whole number of seconds from 0 to <see cref="Longest"/>.</returns>
    internal static TimeSpan? Parse(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= Longest ? TimeSpan.FromSeconds(seconds) : null;

    private void Note(HttpContext context, string value)
    {
        var proxy = context.GetReverseProxyFeature();
        if (!registry.TryGet(proxy.Cluster.Config.ClusterId, out var function))
        {
            return;
        }

        if (Parse(value) is not { } time)
        {
            // What a program writes may be long.
            var shown = value.Length > 40 ? $"{value[..40]}..." : value;
            errors.Report(nameof(ForwardingLog.BadKeepAwake), function.Name, shown, () => ForwardingLog.BadKeepAwake(logger, function.Name, shown, Longest));
        }
        else if (proxy.ProxiedDestination is { } destination && function.Running.FirstOrDefault(instance => instance.Id == destination.DestinationId) is { } instance)
        {
            function.KeepAwake(instance, time);
        }
    }
}
