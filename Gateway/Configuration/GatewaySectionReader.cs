using System.Security.Cryptography;
using System.Text;
using Gateway.Configuration.Schema;

namespace Gateway.Configuration;

/// <summary>Reads the parts of the <c>Gateway</c> section that are not functions.</summary>
internal sealed class GatewaySectionReader(SectionReader gateway, ReadContext context, AddressClaims claims)
{
    /// <summary>IFNAMSIZ of linux/if.h is 16, including the NUL.</summary>
    private const int MaxInterfaceName = 15;

    private static readonly TextFormat s_interface = new($"^[^/: ]{{1,{MaxInterfaceName}}}$", "eth0");

    /// <summary>Reads the gateway's name. Without one it is made of the address of <paramref name="admin"/>.</summary>
    public string Name(AdminOptions admin)
    {
        if (gateway.Text("Name", Names.Function) is not { } name)
        {
            if (admin.Socket is { } socket)
            {
                // A path may be longer than a name.
                return $"headstart-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(socket)))[..16]}";
            }

            var address = admin.Listen[0];
            return $"headstart-{(address.Address?.ToString() ?? "any").Replace(':', '.').Replace('%', '.')}-{address.Port}";
        }

        if (!Names.IsValid(name, Names.MaxFunctionName))
        {
            gateway.Error("Name", $"{ReadContext.Quote(name)} cannot name a gateway; use 1 to {Names.MaxFunctionName} letters, digits, '.', '_' and '-', the first a letter or digit.");
        }

        return name;
    }

    /// <summary>Reads the admin endpoint and claims its addresses.</summary>
    public AdminOptions Admin(ConfigurationNode? kestrel) => new AdminReader(gateway, context, claims).Read(kestrel);

    public EbpfOptions Ebpf()
    {
        var section = gateway.Section("Ebpf");
        var clientHello = section.Flag("ClientHello");
        var ebpf = new EbpfOptions
        {
            Mode = section.Word<EbpfMode>("Mode") ?? EbpfMode.Auto,
            Xdp = section.Word<XdpMode>("Xdp") ?? XdpMode.Auto,
            Interfaces = Interfaces(section),
            ClientHello = clientHello ?? true,
            ReturningClients = Returning(section.Section("ReturningClients")),
            Limits = SynLimitReader.Read(section.Section("Limits")),
        };
        if (clientHello == true && (ebpf.Xdp == XdpMode.Off || ebpf.Mode == EbpfMode.Off))
        {
            section.Error("ClientHello", "XDP reads ClientHellos, and it is switched off here; leave this out, or take the 'Off' away.");
        }

        section.End();
        return ebpf;
    }

    public StateOptions State()
    {
        var section = gateway.Section("State");
        var state = new StateOptions { Path = section.FilePath("Path", "write a file, or \"\" to keep nothing") };
        if (state.Path?.Contains('\0') == true)
        {
            section.Error("Path", $"{ReadContext.Quote(state.Path)} is not a file's name.");
        }

        section.End();
        return state;
    }

    public MemoryOptions Memory()
    {
        var section = gateway.Section("Memory");
        long? budget = null;
        if (section.Text("Budget", MemorySize.Written) is { } text)
        {
            if (MemorySize.TryParse(text, out var bytes) && bytes >= MemorySize.Smallest)
            {
                budget = bytes;
            }
            else
            {
                section.Error("Budget", $"{ReadContext.Quote(text)} is not a size of {MemorySize.Format(MemorySize.Smallest)} or more; write e.g. \"2GiB\" or \"512M\".");
            }
        }

        section.End();
        return new MemoryOptions { Budget = budget };
    }

    private static ReturningOptions Returning(SectionReader section)
    {
        var defaults = new ReturningOptions();
        var returning = new ReturningOptions
        {
            Enabled = section.Flag("Enabled") ?? defaults.Enabled,
            Precision = section.Number("Precision", 0, 1) ?? defaults.Precision,
            Remember = section.Integer("Remember", 1024, 1_000_000) ?? defaults.Remember,
        };
        section.End();
        return returning;
    }

    public BudgetOptions Budget()
    {
        var section = gateway.Section("Budget");
        var defaults = new BudgetOptions();
        var budget = new BudgetOptions
        {
            Concurrent = section.Integer("Concurrent", 1, 10_000) ?? defaults.Concurrent,
            PerMinute = section.Integer("PerMinute", 1, 1_000_000) ?? defaults.PerMinute,
            PerFunctionPerMinute = section.Integer("PerFunctionPerMinute", 1, 1_000_000) ?? defaults.PerFunctionPerMinute,
        };
        section.End();
        return budget;
    }

    public TrustOptions Trust()
    {
        var section = gateway.Section("Trust");
        var defaults = new TrustOptions();
        var trust = new TrustOptions
        {
            Enabled = section.Flag("Enabled") ?? defaults.Enabled,
            Within = section.Duration("Within", TimeSpan.FromSeconds(0.5), TimeSpan.FromMinutes(1)) ?? defaults.Within,
            Threshold = section.Number("Threshold", 0.05, 0.95) ?? defaults.Threshold,
            Calm = section.Duration("Calm", TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)) ?? defaults.Calm,
        };
        section.End();
        return trust;
    }

    private List<string> Interfaces(SectionReader section)
    {
        var names = new List<string>();
        foreach (var (name, path, source) in section.List("Interfaces", s_interface).Select(item => (item.Value, item.Path, item.Source)))
        {
            if (name.Length is 0 or > MaxInterfaceName || name is "." or ".." || name.Any(c => c is '/' or ':' || char.IsWhiteSpace(c)))
            {
                context.Error(path, source, $"{ReadContext.Quote(name)} is not an interface's name; it has 1 to {MaxInterfaceName} characters without '/', ':' and spaces, e.g. \"eth0\".");
            }
            else if (names.Contains(name))
            {
                context.Error(path, source, $"'{name}' is there already; name each interface once.");
            }

            names.Add(name);
        }

        return names;
    }
}
