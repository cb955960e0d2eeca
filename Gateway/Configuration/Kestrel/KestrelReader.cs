using System.Net;

namespace Gateway.Configuration.Kestrel;

/// <summary>Reads all of the user's <c>Kestrel</c> section before Kestrel does, which ignores what it does not know.</summary>
internal sealed class KestrelReader
{
    private const string DefaultCertificate = "Kestrel:Certificates:Default";

    private readonly ConfigurationNode? _kestrel;
    private readonly SectionReader _section;
    private readonly ReadContext _context;
    private readonly AddressClaims _claims;
    private readonly List<ListenAddress> _shared = [];

    public KestrelReader(ConfigurationNode? kestrel, ReadContext context, AddressClaims claims)
    {
        (_kestrel, _context, _claims) = (kestrel, context, claims);
        _section = new SectionReader(kestrel, kestrel?.Name ?? KestrelEndpoints.Section, ConfigurationError.AnySource, context);
    }

    /// <summary>The addresses of the user's endpoints, which are known after <see cref="Read"/>.</summary>
    public IReadOnlyList<ListenAddress> Shared => _shared;

    /// <summary>Whether the user has endpoints of their own.</summary>
    public bool HasEndpoints => _kestrel?.Find("Endpoints") is { HasChildren: true };

    /// <summary>Reads the section and claims the addresses of its endpoints.</summary>
    public KestrelLimits Read()
    {
        Certificates();
        KestrelEndpointReader.Defaults(_section.Section("EndpointDefaults"));
        var reader = new KestrelEndpointReader(_context, HasDefaultCertificate(_kestrel));
        foreach (var node in _section.Named("Endpoints"))
        {
            Endpoint(node, reader);
        }

        var limits = KestrelLimitsReader.Read(_section.Section("Limits"));
        _section.End();
        return limits;
    }

    /// <summary>Notes one error if a function has an https address and there is no certificate for it.</summary>
    public void Certificates(IEnumerable<FunctionOptions> functions)
    {
        var https = functions.FirstOrDefault(function => function.Listen.Any(address => address.IsHttps));
        if (https is not null && !HasDefaultCertificate(_kestrel) && SniMap.Merge(_kestrel) is null)
        {
            _context.Error(
                DefaultCertificate,
                _kestrel?.Source ?? ConfigurationError.AnySource,
                $"no certificate, but {https.Listen.First(address => address.IsHttps)} of Gateway:Functions:{https.Name} needs one; add e.g. {{ \"Path\": \"cert.pem\", \"KeyPath\": \"key.pem\" }}.");
        }
    }

    public static bool HasDefaultCertificate(ConfigurationNode? kestrel) => kestrel?.Find("Certificates")?.Find("Default").HasContent() == true;

    /// <summary>Tells whether an endpoint listens on an address.</summary>
    /// <param name="url">The Url of the endpoint, which was found good before.</param>
    /// <param name="listen">The address.</param>
    public static bool ListensOn(string url, ListenAddress listen)
    {
        var binding = BindingAddress.Parse(url);
        return !binding.IsUnixPipe && binding.Port == listen.Port && AddressesOf(binding.Host).Contains(listen.Address);
    }

    private void Certificates()
    {
        var section = _section.Section("Certificates");
        KestrelCertificateReader.Read(section.Section("Default"), _context);
        // The only key of the framework's own certificate for developers is its password.
        var development = section.Section("Development");
        development.Text("Password");
        development.End();
        section.End();
    }

    private void Endpoint(ConfigurationNode node, KestrelEndpointReader reader)
    {
        var section = new SectionReader(node, $"{_section.PathOf("Endpoints")}:{node.Name}", node.Source, _context);
        if (node.Name.StartsWith(KestrelEndpoints.Prefix, StringComparison.OrdinalIgnoreCase))
        {
            section.Error($"endpoint names that begin with '{KestrelEndpoints.Prefix}' are the gateway's own; choose another.");
        }

        if (reader.Read(section) is not { IsUnixPipe: false, Port: > 0 } binding)
        {
            return;
        }

        var (path, source) = (section.PathOf("Url"), section.SourceOf("Url"));
        foreach (var address in AddressesOf(binding.Host))
        {
            var listen = new ListenAddress(binding.Scheme.ToLowerInvariant(), address, binding.Port);
            _claims.Claim(address, binding.Port, path, source);
            _context.Machine?.Address(listen, path, source, _context);
            _shared.Add(listen);
        }
    }

    // To Kestrel's AddressBinder anything but localhost and IP addresses means every address.
    private static IPAddress?[] AddressesOf(string host)
    {
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return [IPAddress.Loopback, IPAddress.IPv6Loopback];
        }

        return [IPAddress.TryParse(host, out var address) && !address.Equals(IPAddress.IPv6Any) ? address : null];
    }
}
