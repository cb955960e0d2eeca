using System.Net.Sockets;
using System.Text.Json;
using Docker.DotNet;
using Gateway.Configuration;

namespace Gateway.Runtimes.Engines;

/// <summary>Describes an engine's failures in the user's terms: where, what, and what to do.</summary>
internal static class EngineErrors
{
    /// <summary>The number of characters of an engine's own message that are passed on at most.</summary>
    public const int MaxMessage = 500;

    public static RuntimeException Unreachable(EngineDialect dialect, Uri endpoint, Exception exception) =>
        exception.GetBaseException() is SocketException { SocketErrorCode: SocketError.AccessDenied }
            ? new($"{dialect.Section}:Endpoint: permission denied at {endpoint}; run the gateway as a user who may use that socket", exception)
            : new($"{dialect.Section}:Endpoint: no engine answers at {endpoint}; start it or correct the endpoint", exception);

    public static RuntimeException Silent(EngineDialect dialect, Uri endpoint, TimeSpan timeout, Exception exception) =>
        new($"{dialect.Section}:Endpoint: the engine at {endpoint} did not answer within {timeout.TotalSeconds:0} s; look at its log", exception);

    public static RuntimeException NoImage(FunctionOptions function, EngineDialect dialect, Uri endpoint, Exception? exception = null) =>
        new($"{Path(function)}:Image: '{function.Container.Image}' is not on the engine at {endpoint}; load it or run {dialect.Command} pull {function.Container.Image}", exception!);

    /// <param name="why">The reason in the engine's words.</param>
    public static RuntimeException NotPulled(FunctionOptions function, EngineDialect dialect, Uri endpoint, string why, Exception exception) =>
        new($"{Path(function)}:Image: '{function.Container.Image}' could not be pulled to the engine at {endpoint} ({why}); load it or run {dialect.Command} pull {function.Container.Image}", exception);

    public static RuntimeException StillPulled(FunctionOptions function, Exception exception) =>
        new($"{Path(function)}:Image: '{function.Container.Image}' is still being pulled; the function starts once it is there", exception);

    /// <param name="key">The key that names the network: Network or Networks.</param>
    public static RuntimeException NoNetwork(FunctionOptions function, string key, string network, Uri endpoint, Exception exception) =>
        new($"{Path(function)}:{key}: '{network}' is not on the engine at {endpoint}; create it or correct the name", exception);

    public static RuntimeException NoHealthTest(FunctionOptions function) =>
        new($"{Path(function)}:HealthCheck: the image '{function.Container.Image}' has no health check that could be timed; write a Test");

    public static RuntimeException NoAddress(FunctionOptions function) =>
        new($"{Path(function)}:Network: a container on '{function.Container.Network}' has no address of its own; use bridge, host or a network that you created");

    /// <param name="network">The mode of the network of the user's container, in the engine's words.</param>
    public static RuntimeException NoAddress(FunctionOptions function, string network) =>
        new($"{Path(function)}:Container: '{function.Container.Existing}' has no address of its own (its network is '{network}'); attach it to a bridge network, or run it on 'host'");

    public static RuntimeException NoPort(FunctionOptions function) =>
        new($"{Path(function)}:Port: a container needs one; write the port that the program listens on");

    /// <param name="what">What was refused, as in "start its container".</param>
    public static RuntimeException Refused(FunctionOptions function, string what, DockerApiException exception) =>
        new($"{Path(function)}: the engine would not {what}: {Message(exception)}", exception);

    public static RuntimeException NoImageName(FunctionOptions function) =>
        new($"{Path(function)}:Image: a container needs one; write the image's name");

    public static RuntimeException Removed(FunctionOptions function, Uri endpoint) =>
        new($"{Path(function)}: its containers vanish from the engine at {endpoint} as fast as they are made; find out who removes them");

    public static RuntimeException NoContainer(FunctionOptions function, Uri endpoint) =>
        new($"{Path(function)}:Container: there is no container '{function.Container.Existing}' on the engine at {endpoint}; the function starts once you have made it");

    public static RuntimeException Vanished(FunctionOptions function) =>
        new($"{Path(function)}:Container: '{function.Container.Existing}' was removed while it was to start; the function starts once you have made it again");

    /// <param name="exposed">The ports that the container exposes, which are not exactly one.</param>
    public static RuntimeException WhichPort(FunctionOptions function, IReadOnlyList<int> exposed) =>
        new($"{Path(function)}:Port: the container '{function.Container.Existing}' exposes {(exposed.Count == 0 ? "no port" : $"the ports {string.Join(", ", exposed)}")}; write the one that its program listens on");

    public static RuntimeException Forgotten(string function) =>
        new($"Gateway:Functions:{function}: it was taken out of the configuration while it was to start");

    /// <summary>Returns the function's section in the configuration, with which messages begin.</summary>
    public static string Path(FunctionOptions function) => $"Gateway:Functions:{function.Name}";

    /// <summary>Returns the engine's own message, which is the <c>message</c> of its JSON answer, in one line without a full stop.</summary>
    public static string Message(DockerApiException exception)
    {
        var text = ProgramOutput.Clean(Unwrap(exception.ResponseBody) ?? $"status {(int)exception.StatusCode}", MaxMessage);
        return text.TrimEnd('.');
    }

    private static string? Unwrap(string? body)
    {
        if (string.IsNullOrWhiteSpace(body))
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.GetProperty("message").GetString();
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return body;
        }
    }
}
