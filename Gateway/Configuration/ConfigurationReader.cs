using System.Collections.Frozen;
using Gateway.Configuration.Kestrel;
using Gateway.Configuration.Labels;
using Gateway.Configuration.Policies;
using Gateway.Configuration.Proxy;
using Gateway.Configuration.Schema;
using Gateway.Configuration.Webhooks;

namespace Gateway.Configuration;

/// <summary>
/// Turns what the user wrote into <see cref="GatewayOptions"/>, or into a list of all that is wrong with it. The framework's binder cannot do that:
/// it ignores keys that it does not know, and stops at the first wrong value.
/// </summary>
internal static class ConfigurationReader
{
    /// <summary>Reads a configuration without asking anything of the machine.</summary>
    /// <exception cref="ConfigurationException">The configuration is wrong. The exception holds every mistake, and no other type is thrown.</exception>
    public static GatewayOptions Read(IConfiguration configuration, IReadOnlyList<IRunReader> runtimes)
    {
        var result = TryRead(configuration, runtimes);
        return result.Options ?? throw new ConfigurationException(result.Errors);
    }

    /// <summary>Reads a configuration, and returns its mistakes instead of throwing.</summary>
    public static ReadResult TryRead(IConfiguration configuration, IReadOnlyList<IRunReader> runtimes) => TryRead(configuration, runtimes, before: null);

    /// <summary>Reads a configuration, takes over what has not changed since an earlier pass, and returns mistakes instead of throwing.</summary>
    /// <param name="configuration">The configuration to read.</param>
    /// <param name="runtimes">The runtimes that functions can run on.</param>
    /// <param name="before">What an earlier pass read, or null. Functions, routes and clusters that have not changed since are the same objects.</param>
    /// <param name="machine">The machine that the configuration is for, or null to judge the text alone.</param>
    /// <param name="labelled">Functions by labels, which are read as if the configuration had them.</param>
    internal static ReadResult TryRead(
        IConfiguration configuration, IReadOnlyList<IRunReader> runtimes, KnownParts? before, Machine? machine = null, IReadOnlyList<LabelledFunction>? labelled = null)
    {
        var root = ConfigurationTree.Of(configuration);
        foreach (var function in labelled ?? [])
        {
            root.Merge(function.Tree);
        }

        var context = new ReadContext(runtimes, machine);
        TopLevel.Check(root, context);
        var (options, known) = Read(root, context, before);
        return new ReadResult(context.Errors.Count == 0 ? options : null, context.Errors, context.Warnings, root, known);
    }

    /// <summary>Has all readers read a tree, and returns what they asked for, whatever they made of it.</summary>
    internal static KeyLog Ask(ConfigurationNode root, IReadOnlyList<IRunReader> runtimes)
    {
        var keys = new KeyLog();
        Read(root, new ReadContext(runtimes) { Keys = keys }, before: null);
        return keys;
    }

    private static (GatewayOptions Options, KnownParts Known) Read(ConfigurationNode root, ReadContext context, KnownParts? before)
    {
        var claims = new AddressClaims(context);
        var gateway = new SectionReader(root.Find("Gateway"), root.Find("Gateway")?.Name ?? "Gateway", ConfigurationError.AnySource, context);
        var sections = new GatewaySectionReader(gateway, context, claims);
        var kestrel = new KestrelReader(root.Find(KestrelEndpoints.Section), context, claims);

        var admin = sections.Admin(root.Find(KestrelEndpoints.Section));
        var clients = new ClientsReader(gateway);
        var limits = kestrel.Read();
        var reader = new FunctionsReader(context, claims, before?.Functions);
        var read = reader.Read(gateway);
        FunctionOptions[] functions = [.. read.Select(function => function.Options)];
        var used = functions.Select(function => function.Run.Runtime).ToHashSet(StringComparer.Ordinal);
        var options = new GatewayOptions
        {
            Name = sections.Name(admin),
            FastOpen = gateway.Word<FastOpen>("FastOpen") ?? FastOpen.Auto,
            ServerTiming = gateway.Flag("ServerTiming") ?? false,
            Admin = admin,
            Ebpf = sections.Ebpf(),
            Access = AccessReader.Read(gateway.Section("Access")),
            Runtimes = Settings(context, runtime => runtime.ReadSettings(gateway, root, used.Contains(runtime.Name))),
            Budget = sections.Budget(),
            Trust = sections.Trust(),
            State = sections.State(),
            Restart = RestartOptions.Read(gateway.Section("Restart")),
            Memory = sections.Memory(),
            Tracing = TracingOptions.Read(gateway.Section("Tracing")),
            MetricsExport = MetricsExportOptions.Read(gateway.Section("MetricsExport")),
            Webhooks = new WebhookReader(gateway, context).Read(),
            AccessLog = AccessLogOptions.Read(gateway.Section("AccessLog")),
            ClientLimits = ClientLimitsReader.Read(gateway.Section("Limits")),
            Headers = clients.Headers(),
            Forwarded = clients.Forwarded(),
            ProxyProtocol = clients.ProxyProtocol(),
            Limits = limits,
            Shared = kestrel.Shared,
            Policies = new PoliciesReader(root, context).Read(kestrel.Shared),
        };
        gateway.End();
        LoggingReader.Read(root, context);
        AccessReader.CheckTotal(functions, context);
        var bound = BondsReader.Check(functions, reader.Known.Path, context);

        kestrel.Certificates(functions);
        var proxies = new ProxyReader(root, context, before?.Proxy);
        var proxy = proxies.Read([.. functions.Select(function => function.Name)]);
        var hosts = proxies.Hosts;
        BytesReader.CheckAll(functions, proxy, reader.Known.Path, context);
        Protocols(functions, proxy, context);
        var named = new PolicyJudge(options.Policies, context).Judge();
        Warn(root, kestrel, [.. functions.Where(function => !bound.Needed.Contains(function.Name))], hosts, options.Runtimes.Values.Any(static settings => settings.Discovers), context);
        options = options with
        {
            Proxy = proxy,
            Policies = options.Policies with { Named = named },
            Functions = read
                .Select(function => function.With(hosts.TryGetValue(function.Options.Name, out var its) ? [.. its.Order(StringComparer.Ordinal)] : [], bound.Jobs.Contains(function.Options.Name)))
                .ToFrozenDictionary(function => function.Name, StringComparer.OrdinalIgnoreCase),
        };
        DirectRules.Check(options, reader.Known.Path, context);
        return (options, new KnownParts(reader.Known, proxies.Known));
    }

    /// <summary>Returns the settings of those runtimes that have any, by the runtime's name.</summary>
    private static FrozenDictionary<string, RuntimeSettings> Settings(ReadContext context, Func<IRunReader, RuntimeSettings?> read) => context.Runtimes
        .Select(runtime => (runtime.Name, Settings: read(runtime)))
        .Where(pair => pair.Settings is not null)
        .ToFrozenDictionary(pair => pair.Name, pair => pair.Settings!, StringComparer.Ordinal);

    /// <summary>Notes an error for each function whose protocol is said both by itself and by its cluster.</summary>
    private static void Protocols(FunctionOptions[] functions, ProxyOptions proxy, ReadContext context)
    {
        var written = proxy.Clusters.Where(cluster => cluster.HttpRequest is { Version: not null } or { VersionPolicy: not null })
            .Select(cluster => cluster.ClusterId).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var function in functions.Where(function => function.Protocol is not null && written.Contains(function.Name)))
        {
            context.Error(
                $"Gateway:Functions:{function.Name}:Protocol",
                ConfigurationError.AnySource,
                $"Version or VersionPolicy of ReverseProxy:Clusters:{function.Name}:HttpRequest says what it is spoken to in, too; remove one of the two.");
        }
    }

    private static void Warn(
        ConfigurationNode root, KestrelReader kestrel, FunctionOptions[] functions,
        IReadOnlyDictionary<string, HashSet<string>> hosts, bool discovers, ReadContext context)
    {
        if (functions.Length == 0 && !discovers)
        {
            context.Warn("Gateway:Functions", ConfigurationError.AnySource, "no functions; add one, or the gateway is a plain reverse proxy.");
        }

        foreach (var function in functions.Where(function => function.Listen.Count == 0 && !hosts.ContainsKey(function.Name)))
        {
            var path = $"Gateway:Functions:{function.Name}";
            context.Warn(path, ConfigurationError.AnySource, $"nothing leads to it; add a Listen address, or a route with \"ClusterId\": \"{function.Name}\".");
        }

        if (root.Find("ReverseProxy")?.Find("Routes") is { HasChildren: true } && !kestrel.HasEndpoints)
        {
            context.Warn("Kestrel:Endpoints", ConfigurationError.AnySource, "no endpoints, so nothing listens for the routes of ReverseProxy; add e.g. { \"http\": { \"Url\": \"http://*:80\" } }.");
        }

        if (root.Find("urls") is { Value.Length: > 0 } urls)
        {
            context.Warn("urls", urls.Source, "not used; write the addresses under Kestrel:Endpoints.");
        }
    }
}

/// <summary>The result of one pass over the configuration.</summary>
/// <param name="Options">The options, or null if there are errors.</param>
/// <param name="Errors">All mistakes.</param>
/// <param name="Warnings">What works, but hardly as it was meant.</param>
internal sealed record ReadResult(
    GatewayOptions? Options, IReadOnlyList<ConfigurationError> Errors, IReadOnlyList<ConfigurationError> Warnings)
{
    internal ReadResult(
        GatewayOptions? options, IReadOnlyList<ConfigurationError> errors, IReadOnlyList<ConfigurationError> warnings, ConfigurationNode root, KnownParts known)
        : this(options, errors, warnings) => (Root, Known) = (root, known);

    /// <summary>The merged tree that was read.</summary>
    internal ConfigurationNode? Root { get; }

    /// <summary>What the next pass need not read again.</summary>
    internal KnownParts? Known { get; }
}

/// <summary>What one pass read and the next one can take over.</summary>
internal sealed record KnownParts(KnownFunctions Functions, KnownProxy Proxy);
