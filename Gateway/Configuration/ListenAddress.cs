using System.Net;

namespace Gateway.Configuration;

/// <summary>One address to listen on.</summary>
/// <param name="Scheme"><c>http</c>, <c>https</c>, <c>tcp</c> or <c>tls</c>.</param>
/// <param name="Address">The IP address. Null means every address (<c>*</c>, IPv4 and IPv6).</param>
/// <param name="Port">The port, 1 to 65535.</param>
internal sealed record ListenAddress(string Scheme, IPAddress? Address, int Port)
{
    /// <summary>The scheme of bytes that nobody looks into.</summary>
    public const string Tcp = "tcp";

    /// <summary>The scheme of TLS that is not decrypted.</summary>
    public const string Tls = "tls";

    public bool IsHttps => Scheme == Uri.UriSchemeHttps;

    /// <summary>Whether TLS is passed through there.</summary>
    public bool IsTls => Scheme == Tls;

    /// <summary>Whether bytes are passed on there as they are, of any protocol.</summary>
    public bool IsBytes => Scheme is Tcp or Tls;

    /// <summary>The same address as the server is told of it, for which bytes come by plain connections.</summary>
    public ListenAddress Served => IsBytes ? this with { Scheme = Uri.UriSchemeHttp } : this;

    /// <summary>Returns whether connections to an address of this machine come to this one, if to none that says more.</summary>
    /// <param name="address">The address that a client dials, or <see cref="IPAddress.Any"/> for one that nobody has written.</param>
    /// <param name="port">The port that it dials.</param>
    public bool Takes(IPAddress address, int port) =>
        port == Port && (Address is null || Address.Equals(address) || (Address.Equals(IPAddress.Any) && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork));

    /// <summary>Leaves the scheme out: an address cannot have two of them, so hashing it would cost time and distinguish nothing.</summary>
    public override int GetHashCode() => HashCode.Combine(Address, Port);

    public override string ToString() => Address switch
    {
        null => $"{Scheme}://*:{Port}",
        { AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6 } => $"{Scheme}://[{Address}]:{Port}",
        _ => $"{Scheme}://{Address}:{Port}",
    };
}
