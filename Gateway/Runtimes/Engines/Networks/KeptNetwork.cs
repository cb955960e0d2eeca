using System.Net;

namespace Gateway.Runtimes.Engines.Networks;

/// <summary>What is known of one kept network.</summary>
internal sealed class KeptNetwork(string function, string hash)
{
    /// <summary>Stands for the container that is about to be made on the network.</summary>
    public const string Coming = "";

    public string Function => function;

    public string Hash => hash;

    /// <summary>Gets or sets the container that uses it, <see cref="Coming"/>, or null if none does.</summary>
    public string? User { get; set; }

    /// <summary>Gets whether it stands, as far as is known.</summary>
    public bool Stands { get; private set; }

    /// <summary>Gets its address, or null if that is not known.</summary>
    public IPAddress? Address { get; private set; }

    /// <summary>Gets or sets when it was last made again because its container had ended, or null if it never was.</summary>
    public long? RestoredAt { get; set; }

    /// <summary>Gets or sets whether its container cannot be started, so that it is removed as soon as nobody uses it.</summary>
    public bool IsSpoiled { get; set; }

    public bool IsOf(string name) => function.Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>Notes whether it stands, and where.</summary>
    public void Note(bool stands, IPAddress? address) => (Stands, Address) = (stands, address);
}
