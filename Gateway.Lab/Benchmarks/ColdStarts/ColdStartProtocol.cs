using Gateway.Lab.Clients;
using Gateway.Lab.Reports;

namespace Gateway.Lab.Benchmarks.ColdStarts;

/// <summary>What a client speaks, and so how many round trips it takes.</summary>
/// <param name="Name">As <see cref="PenaltyEquation"/> and the results call it.</param>
/// <param name="Tls">Null: none.</param>
internal sealed record ColdStartProtocol(string Name, TlsVersion? Tls)
{
    public static readonly ColdStartProtocol Http = new("HTTP", null);
    public static readonly ColdStartProtocol Tls13 = new("TLS 1.3", TlsVersion.Tls13);
    public static readonly ColdStartProtocol Tls12 = new("TLS 1.2", TlsVersion.Tls12);

    /// <summary>Signals that it has: plain HTTP has no ClientHello.</summary>
    public IReadOnlyList<string> Signals => Tls is null ? ["Syn", "Request"] : ["Syn", "ClientHello", "Request"];

    /// <summary>Round trips until the first byte: the handshakes', and the request's own.</summary>
    public int RoundTrips => PenaltyEquation.RoundTrips("Syn", Name) + 1;
}
