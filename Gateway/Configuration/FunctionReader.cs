using Gateway.Configuration.Pages;
using Gateway.Configuration.Proxy;
using Gateway.Configuration.Schema;
using Gateway.Model;
using Yarp.ReverseProxy.Configuration;

namespace Gateway.Configuration;

/// <summary>Reads the keys of a function that mean the same on every runtime. <see cref="RuntimeReader"/> has the others read.</summary>
internal sealed class FunctionReader(ReadContext context, AddressClaims claims)
{
    private const int MaxHeldRequests = 1_000_000;
    private static readonly string[] Protocols = ["h1", "h2c", "Auto"];
    private static readonly TextFormat s_synId = new($"^[!-~]{{1,{FunctionOptions.MaxSynIdLength}}}$", "hello");
    private static readonly TextFormat s_path = new("^/[!\"$-~]*$", "/healthz");
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(1);

    /// <summary>Reads one function.</summary>
    /// <returns>Returns the function, which is meaningful only if no error was noted.</returns>
    public FunctionOptions Read(ConfigurationNode node, string path)
    {
        var section = new SectionReader(node, path, node.Source, context);
        if (!Names.IsValid(node.Name, Names.MaxFunctionName))
        {
            section.Error($"{ReadContext.Quote(node.Name)} is not a function name; use 1 to 63 letters, digits, '.', '_' and '-', a letter or digit first.");
        }

        Reserved.CheckFunction(section, node.Name);
        var runtime = new RuntimeReader(section, context, claims);
        var function = new FunctionOptions
        {
            Name = node.Name,
            Run = runtime.Read(),
            Listen = Listen(section),
            Sni = BytesReader.Sni(section),
            SendProxyProtocol = section.Flag("SendProxyProtocol") ?? false,
            WrittenDirect = section.Word<DirectMode>("Direct"),
            Route = Route(section, node.Name),
            SynId = SynId(section),
            WakeOn = section.Word<SignalKind>("WakeOn") ?? SignalKind.Syn,
            Access = AccessReader.Read(section.Section("Access")),
            Protocol = Protocol(section),
            Ready = Ready(section.Section("Ready")),
            Hold = Hold(section.Section("Hold")),
            Async = AsyncReader.Read(section.Section("Async")),
            ActivityTimeout = section.Duration("ActivityTimeout", Shortest, LongestTimeout),
            Idle = IdleReader.Read(section.Section("Idle"), runtime.Known),
            Scale = ScaleReader.Read(section.Section("Scale")),
            DependsOn = BondsReader.DependsOn(section),
            Group = BondsReader.Group(section),
            Excludes = BondsReader.Excludes(section),
            Split = BondsReader.Split(section),
        };
        RuntimeReader.Check(section, function);
        BytesReader.Check(section, function);
        section.End();
        return function;
    }

    private List<ListenAddress> Listen(SectionReader section)
    {
        var all = new List<ListenAddress>();
        foreach (var item in section.List("Listen", ListenParser.Written))
        {
            if (!ListenParser.TryParse(item.Value, out var addresses, out var error, mayBeBytes: true))
            {
                context.Error(item.Path, item.Source, error);
                continue;
            }

            foreach (var address in addresses)
            {
                claims.Claim(address.Address, address.Port, item.Path, item.Source, address.IsTls ? section.HasContent("Sni") : null);
            }

            // All ports of a range have the same address. Only localhost has two, and every machine has them.
            context.Machine?.Address(addresses[0], item.Path, item.Source, context);
            all.AddRange(addresses);
        }

        return all;
    }

    private RouteConfig? Route(SectionReader function, string name)
    {
        if (!function.HasContent("Route"))
        {
            return null;
        }

        var errors = context.Errors.Count;
        var section = function.Section("Route");
        var route = RouteSettingsReader.Read(section, new RouteConfig { RouteId = name, ClusterId = name, Match = new RouteMatch { Path = "/{**rest}" } }, context);
        section.End();
        if (!function.HasContent("Listen"))
        {
            section.Error("holds for Listen addresses, and there are none; add one, or write this on the function's route in ReverseProxy:Routes.");
        }

        if (context.Errors.Count == errors)
        {
            foreach (var sentence in ProxyRules.Shared.Judge(route))
            {
                section.Error(sentence);
            }
        }

        return route;
    }

    private static string? SynId(SectionReader section)
    {
        var id = section.Text("SynId", s_synId);
        if (id is not null && JudgeSynId(id) is { } mistake)
        {
            section.Error("SynId", mistake);
        }

        return id;
    }

    /// <summary>Returns what is wrong with an id inside a SYN, in one sentence, or null if it can be one.</summary>
    public static string? JudgeSynId(string id) => id.Length is 0 or > FunctionOptions.MaxSynIdLength || id.Any(c => c is <= ' ' or > '~')
        ? $"{ReadContext.Quote(id)} does not fit into a SYN; use 1 to {FunctionOptions.MaxSynIdLength} printable ASCII characters without spaces."
        : null;

    private static FunctionProtocol? Protocol(SectionReader section) => section.Word("Protocol", Protocols) switch
    {
        "h1" => FunctionProtocol.H1,
        "h2c" => FunctionProtocol.H2c,
        "Auto" => FunctionProtocol.Auto,
        _ => null,
    };

    private static ReadyOptions Ready(SectionReader section)
    {
        var path = section.Text("Path", s_path);
        if (path is not null && (!path.StartsWith('/') || path.Any(c => c is <= ' ' or > '~' or '#')))
        {
            section.Error("Path", $"{ReadContext.Quote(path)} is not a path; start it with '/' and percent-encode all but printable ASCII.");
        }

        var host = section.Text("Host", HostHeader.Written);
        if (host is not null && !HostHeader.IsValid(host))
        {
            section.Error("Host", $"{ReadContext.Quote(host)} is not a host; write e.g. \"hello.example\" or \"hello.example:8080\".");
        }
        else if (host is not null && path is null && !section.Has("Path"))
        {
            section.Error("Host", "there is no Path to ask for with it; add Path, e.g. \"/healthz\", or remove Host.");
        }

        var timeout = section.Duration("Timeout", Shortest, LongestTimeout);
        section.End();
        return new ReadyOptions { Path = path, Host = host, Timeout = timeout ?? new ReadyOptions().Timeout };
    }

    private HoldOptions Hold(SectionReader section)
    {
        var defaults = new HoldOptions();
        var hold = new HoldOptions
        {
            Timeout = section.Duration("Timeout", Shortest, LongestTimeout) ?? defaults.Timeout,
            MaxRequests = section.Integer("MaxRequests", 0, MaxHeldRequests) ?? defaults.MaxRequests,
            MaxPerClient = section.Integer("MaxPerClient", 1, MaxHeldRequests),
        };
        hold = hold with { Page = PageReader.Read(section.Section("Page"), hold.Timeout, context) };
        section.End();
        return hold;
    }
}
