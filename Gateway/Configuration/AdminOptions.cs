using System.Net;

namespace Gateway.Configuration;

/// <summary>The admin endpoint. It has an address of its own, on loopback unless the user says otherwise.</summary>
internal sealed record AdminOptions
{
    /// <summary>
    /// The address in the form that a client would use. For every address (<c>*</c>) the host is <c>[::]</c>, and for a unix socket the scheme is
    /// <c>unix</c>.
    /// </summary>
    public Uri Url { get; init; } = new("http://127.0.0.1:9090");

    /// <summary>The addresses to listen on, with one port: a single one, or for <c>localhost</c> both loopbacks. It is empty for a unix socket.</summary>
    public IReadOnlyList<ListenAddress> Listen { get; init; } = [new(Uri.UriSchemeHttp, IPAddress.Loopback, 9090)];

    /// <summary>The absolute path of the unix socket to listen on, or null for TCP.</summary>
    public string? Socket { get; init; }

    /// <summary>The host names and addresses, without a port, by which clients may call the endpoint besides those that it knows by itself.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>The bearer token that requests need, or null. It is not set together with <see cref="TokenFile"/>.</summary>
    public string? Token { get; init; }

    /// <summary>The path of the file that holds the bearer token, which may be relative to the content root, or null.</summary>
    public string? TokenFile { get; init; }

    /// <summary>Whether requests need a token.</summary>
    public bool NeedsToken => Token is not null || TokenFile is not null;

    public bool Equals(AdminOptions? other) =>
        other is not null && Url == other.Url && Listen.SequenceEqual(other.Listen) && Socket == other.Socket
        && Hosts.SequenceEqual(other.Hosts, StringComparer.Ordinal) && Token == other.Token && TokenFile == other.TokenFile;

    public override int GetHashCode() => Url.GetHashCode();

    /// <summary>Leaves the token out, so that no message can show it.</summary>
    public override string ToString() => Url.ToString();
}
