using System.Net;

namespace Gateway.Configuration;

/// <summary>
/// Reads of the user's <c>Kestrel</c> section what the gateway shares with it: addresses that are taken, and certificates.
/// The rest is Kestrel's to judge.
/// </summary>
internal sealed class KestrelReader(ConfigurationNode? kestrel, ReadContext context, AddressClaims claims)
{
    private const string DefaultCertificate = "Kestrel:Certificates:Default";

    private readonly List<ListenAddress> _shared = [];

    /// <summary>What the user's endpoints listen on, after <see cref="Endpoints"/>.</summary>
    public IReadOnlyList<ListenAddress> Shared => _shared;

    public bool HasEndpoints => kestrel?.Find("Endpoints") is { HasChildren: true };

    public void Endpoints()
    {
        foreach (var endpoint in kestrel?.Find("Endpoints")?.Children ?? [])
        {
            var path = $"Kestrel:Endpoints:{endpoint.Name}";
            if (endpoint.Name.StartsWith(KestrelEndpoints.Prefix, StringComparison.OrdinalIgnoreCase))
            {
                context.Error(path, endpoint.Source, $"endpoint names that begin with '{KestrelEndpoints.Prefix}' are the gateway's own; choose another.");
            }

            Claim(endpoint, path);
        }
    }

    /// <summary>One error if an https address of a function can have no certificate.</summary>
    public void Certificates(IEnumerable<FunctionOptions> functions)
    {
        var https = functions.FirstOrDefault(function => function.Listen.Any(address => address.IsHttps));
        if (https is not null && !HasDefaultCertificate(kestrel) && SniMap.Merge(kestrel) is null)
        {
            context.Error(
                DefaultCertificate,
                kestrel?.Source ?? ConfigurationError.AnySource,
                $"no certificate, but {https.Listen.First(address => address.IsHttps)} of Gateway:Functions:{https.Name} needs one; add e.g. {{ \"Path\": \"cert.pem\", \"KeyPath\": \"key.pem\" }}.");
        }
    }

    public static bool HasDefaultCertificate(ConfigurationNode? kestrel) => kestrel?.Find("Certificates")?.Find("Default").HasContent() == true;

    private void Claim(ConfigurationNode endpoint, string path)
    {
        var url = endpoint.Find("Url");
        path = $"{path}:{url?.Name ?? "Url"}";
        var source = url?.Source ?? endpoint.Source;
        if (url is not { Value: { Length: > 0 } text })
        {
            context.Error(path, source, "no Url; write where to listen, e.g. \"http://*:80\".");
            return;
        }

        BindingAddress binding;
        try
        {
            binding = BindingAddress.Parse(text);
        }
        catch (FormatException)
        {
            context.Error(path, source, $"{ReadContext.Quote(text)} is not an address; write e.g. \"http://*:80\".");
            return;
        }

        if (binding is { IsUnixPipe: false, IsNamedPipe: false, Port: > 0 and <= IPEndPoint.MaxPort })
        {
            foreach (var address in AddressesOf(binding.Host))
            {
                claims.Claim(address, binding.Port, path, source);
                _shared.Add(new ListenAddress(binding.Scheme.ToLowerInvariant(), address, binding.Port));
            }
        }
    }

    // As Kestrel's AddressBinder: what is neither localhost nor an IP address is every address.
    private static IPAddress?[] AddressesOf(string host)
    {
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return [IPAddress.Loopback, IPAddress.IPv6Loopback];
        }

        return [IPAddress.TryParse(host, out var address) && !address.Equals(IPAddress.IPv6Any) ? address : null];
    }
}
