using Gateway.Configuration;

namespace Gateway.Runtimes.Engines;

/// <summary>The settings of a container engine.</summary>
internal sealed record EngineOptions : RuntimeSettings
{
    /// <summary>Gets the address of the API, <c>unix:///path</c> or <c>tcp://host:port</c>. The default is that of the engine's own variable, or else the engine's.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>
    /// Gets the directory for the gates of containers, which the engine has to see under the same path. It may be relative to the content root. If it is empty no
    /// container has a gate. Null means one in systemd's state directory, or in the content root if there is none.
    /// </summary>
    public string? Gate { get; init; }

    /// <summary>Gets whether containers become functions by their labels.</summary>
    public bool Discover { get; init; }

    public override bool Discovers => Discover;

    /// <summary>Gets how many networks are kept at most (<see cref="ContainerRunOptions.KeepsNetwork"/>), each by a container that does nothing else.</summary>
    public int KeptNetworks { get; init; } = DefaultKeptNetworks;

    /// <summary>The most networks that are kept if nothing is configured.</summary>
    public const int DefaultKeptNetworks = 64;

    /// <summary>The most that can be configured. A Linux bridge has 1,024 ports at most (net/bridge/br_private.h, BR_MAX_PORTS), and others want some too.</summary>
    public const int MostKeptNetworks = 1000;
}
