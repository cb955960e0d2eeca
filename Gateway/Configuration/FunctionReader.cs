using Gateway.Configuration.Proxy;
using Gateway.Model;
using Yarp.ReverseProxy.Configuration;

namespace Gateway.Configuration;

/// <summary>Reads the keys of a function that mean the same on every runtime. <see cref="RuntimeReader"/> has the others read.</summary>
internal sealed class FunctionReader(ReadContext context, AddressClaims claims)
{
    /// <summary>The largest number of instances that one function may have.</summary>
    public const int MaxInstances = 1000;

    private const int MaxConcurrency = 1_000_000;
    private const int MaxHeldRequests = 1_000_000;
    private static readonly string[] Protocols = ["h1", "h2c", "Auto"];
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
            Route = Route(section, node.Name),
            SynId = SynId(section),
            WakeOn = section.Word<SignalKind>("WakeOn") ?? SignalKind.Syn,
            Access = AccessReader.Read(section.Section("Access")),
            Protocol = Protocol(section),
            Ready = Ready(section.Section("Ready")),
            Hold = Hold(section.Section("Hold")),
            ActivityTimeout = section.Duration("ActivityTimeout", Shortest, LongestTimeout),
            Idle = IdleReader.Read(section.Section("Idle"), runtime.Known),
            Scale = Scale(section.Section("Scale")),
        };
        RuntimeReader.CheckScale(section, function);
        section.End();
        return function;
    }

    private List<ListenAddress> Listen(SectionReader section)
    {
        var all = new List<ListenAddress>();
        foreach (var item in section.List("Listen"))
        {
            if (!ListenParser.TryParse(item.Value, out var addresses, out var error))
            {
                context.Error(item.Path, item.Source, error);
                continue;
            }

            foreach (var address in addresses)
            {
                claims.Claim(address.Address, address.Port, item.Path, item.Source);
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
        var id = section.Text("SynId");
        if (id is not null && (id.Length is 0 or > FunctionOptions.MaxSynIdLength || id.Any(c => c is <= ' ' or > '~')))
        {
            section.Error("SynId", $"{ReadContext.Quote(id)} does not fit into a SYN; use 1 to {FunctionOptions.MaxSynIdLength} printable ASCII characters without spaces.");
        }

        return id;
    }

    private static FunctionProtocol? Protocol(SectionReader section) => section.Word("Protocol", Protocols) switch
    {
        "h1" => FunctionProtocol.H1,
        "h2c" => FunctionProtocol.H2c,
        "Auto" => FunctionProtocol.Auto,
        _ => null,
    };

    private static ReadyOptions Ready(SectionReader section)
    {
        var path = section.Text("Path");
        if (path is not null && (!path.StartsWith('/') || path.Any(c => c is <= ' ' or > '~' or '#')))
        {
            section.Error("Path", $"{ReadContext.Quote(path)} is not a path; start it with '/' and percent-encode all but printable ASCII.");
        }

        var host = section.Text("Host");
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

    private static HoldOptions Hold(SectionReader section)
    {
        var defaults = new HoldOptions();
        var hold = new HoldOptions
        {
            Timeout = section.Duration("Timeout", Shortest, LongestTimeout) ?? defaults.Timeout,
            MaxRequests = section.Integer("MaxRequests", 0, MaxHeldRequests) ?? defaults.MaxRequests,
            MaxPerClient = section.Integer("MaxPerClient", 1, MaxHeldRequests),
        };
        section.End();
        return hold;
    }

    private static ScaleOptions Scale(SectionReader section)
    {
        var defaults = new ScaleOptions();
        var max = section.Integer("Max", 1, MaxInstances);
        var min = section.Integer("Min", 0, MaxInstances);
        if (min > (max ?? defaults.Max) && (max is not null || !section.Has("Max")))
        {
            section.Error("Min", $"{min} is more than Max, which is {max ?? defaults.Max}{(max is null ? " by default" : "")}; lower Min or raise Max.");
        }

        var scale = new ScaleOptions
        {
            Min = min ?? defaults.Min,
            Max = max ?? defaults.Max,
            Concurrency = section.Integer("Concurrency", 1, MaxConcurrency) ?? defaults.Concurrency,
        };
        section.End();
        return scale;
    }
}
