namespace Gateway.Tests.EndToEnd;

/// <summary>The shared engines, which gateways reach over TCP, as they do those of other machines.</summary>
public sealed class DistantEngines : SharedEngines
{
    protected override int? PortOf(string runtime) => runtime == "Podman" ? 18376 : 18375;
}
