namespace Gateway.Lab.Linking;

public sealed record DelayedLinkOptions
{
    /// <summary>Longest time that the link's process may take to be ready.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Which subnet of 198.18.0.0/15 the link uses, 0 to 511; matters where one namespace has several links.
    /// The devices are called <c>lab</c> and this number.
    /// </summary>
    public int Subnet { get; init; }

    /// <summary>Each end has one address of the subnet, and no route that outlives its device: for ends in a namespace that others use.</summary>
    public bool IsBare { get; init; }
}
