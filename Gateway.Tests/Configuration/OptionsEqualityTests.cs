using System.Collections.Frozen;
using System.Net;
using System.Reflection;
using Gateway.Configuration;
using Gateway.Configuration.Kestrel;
using Gateway.Configuration.Policies;
using Gateway.Configuration.Proxy;
using Gateway.Configuration.Webhooks;
using Gateway.Model;
using Gateway.Runtimes;
using Gateway.Runtimes.Engines;
using Gateway.Runtimes.Process;
using Gateway.Tests.Runtimes;
using Xunit;
using Yarp.ReverseProxy.Configuration;

namespace Gateway.Tests.Configuration;

public sealed class OptionsEqualityTests
{
    /// <summary>Another value for every property; a property that is missing here fails the tests.</summary>
    private static readonly Dictionary<string, object> Others = new()
    {
        [nameof(FunctionOptions.Name)] = "other",
        [nameof(FunctionOptions.Run)] = new ContainerRunOptions("Docker"),
        [nameof(FunctionOptions.Listen)] = new[] { new ListenAddress("http", null, 82) },
        [nameof(FunctionOptions.Sni)] = new[] { "other.example" },
        [nameof(FunctionOptions.SendProxyProtocol)] = true,
        [nameof(FunctionOptions.WrittenDirect)] = DirectMode.Required,
        [nameof(FunctionOptions.SynId)] = "other",
        [nameof(FunctionOptions.Route)] = new RouteConfig { Timeout = TimeSpan.FromSeconds(1) },
        [nameof(FunctionOptions.Protocol)] = FunctionProtocol.H2c,
        [nameof(FunctionOptions.Access)] = new AccessOptions { Deny = [IPNetwork.Parse("10.0.0.0/8")] },
        [nameof(FunctionOptions.WakeOn)] = SignalKind.Request,
        [nameof(FunctionOptions.Ready)] = new ReadyOptions { Path = "/other" },
        [nameof(FunctionOptions.Hold)] = new HoldOptions { MaxRequests = 1 },
        [nameof(FunctionOptions.Async)] = new AsyncOptions { MaxRequests = 7 },
        [nameof(FunctionOptions.ActivityTimeout)] = TimeSpan.FromMinutes(7),
        [nameof(FunctionOptions.Idle)] = new IdleOptions { Tier = Tier.Running },
        [nameof(FunctionOptions.Scale)] = new ScaleOptions { Max = 7 },
        [nameof(FunctionOptions.Hosts)] = new[] { "other" },
        [nameof(FunctionOptions.DependsOn)] = new[] { new DependencyOptions("other", DependencyCondition.Started, IsOptional: false) },
        [nameof(FunctionOptions.Group)] = "other",
        [nameof(FunctionOptions.Excludes)] = new[] { "other" },
        [nameof(FunctionOptions.IsJob)] = true,
        [nameof(FunctionOptions.Split)] = new[] { new SplitShare("other", 10) },
    };

    /// <summary>What is looked up when it is needed, and so is no part of the program.</summary>
    private static readonly string[] LookedUp = [nameof(ContainerRunOptions.Pull), $"{nameof(ContainerRunOptions)}.{nameof(ContainerRunOptions.StopTimeout)}"];

    public static TheoryData<string> Properties =>
        [.. typeof(FunctionOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite).Select(property => property.Name)];

    [Fact]
    public void Equals_SameInOtherObjects_IsTrue()
    {
        Assert.Equal(Make(), Make());
        Assert.True(Make().RunsLike(Make()));
        Assert.Equal(Make().GetHashCode(), Make().GetHashCode());
    }

    [Theory]
    [MemberData(nameof(Properties))]
    public void Equals_OnePropertyDiffers_IsFalse(string name)
    {
        var other = Make();
        typeof(FunctionOptions).GetProperty(name)!.SetValue(other, Others[name]);

        Assert.NotEqual(Make(), other);
        Assert.NotEqual(other, Make());
        Assert.Equal(name != nameof(FunctionOptions.Run), Make().RunsLike(other));
    }

    [Fact]
    public void Equals_MoreEnvironment_IsFalse()
    {
        var more = Make().WithProcess(run => run with { Environment = new Dictionary<string, string> { ["A"] = "b", ["C"] = "d" } });

        Assert.NotEqual(Make(), more);
        Assert.NotEqual(more, Make());
    }

    /// <summary>Another value for every property of every other record.</summary>
    public static TheoryData<string, string, object> OtherRecords => new()
    {
        { nameof(ProcessRunOptions), nameof(RunOptions.Runtime), "other" },
        { nameof(ProcessRunOptions), nameof(RunOptions.Port), 82 },
        { nameof(ProcessRunOptions), nameof(ProcessRunOptions.Command), new[] { "a", "c" } },
        { nameof(ProcessRunOptions), nameof(ProcessRunOptions.Environment), new Dictionary<string, string> { ["A"] = "c" } },
        { nameof(ProcessRunOptions), nameof(ProcessRunOptions.WorkingDirectory), "/other" },
        { nameof(ProcessRunOptions), nameof(ProcessRunOptions.StopTimeout), TimeSpan.FromSeconds(82) },
        { nameof(ProcessRunOptions), nameof(ProcessRunOptions.User), "nobody" },
        { nameof(ProcessRunOptions), nameof(ProcessRunOptions.Memory), 1L << 30 },
        { nameof(ProcessRunOptions), nameof(ProcessRunOptions.Pids), 7 },
        { nameof(ProcessRunOptions), nameof(ProcessRunOptions.OpenFiles), 77 },
        { nameof(ProcessRunOptions), nameof(ProcessRunOptions.HealthCheck), new HealthCheckOptions { Test = ["CMD", "true"] } },
        { nameof(ContainerRunOptions), nameof(RunOptions.Runtime), "other" },
        { nameof(ContainerRunOptions), nameof(RunOptions.Port), 82 },
        { nameof(ContainerRunOptions), nameof(ContainerRunOptions.Image), "other" },
        { nameof(ContainerRunOptions), nameof(ContainerRunOptions.Existing), "other" },
        { nameof(ContainerRunOptions), nameof(ContainerRunOptions.Command), new[] { "a", "c" } },
        { nameof(ContainerRunOptions), nameof(ContainerRunOptions.Environment), new Dictionary<string, string> { ["A"] = "c" } },
        { nameof(ContainerRunOptions), nameof(ContainerRunOptions.Network), "other" },
        { nameof(ContainerRunOptions), nameof(ContainerRunOptions.KeepsNetwork), true },
        { nameof(ContainerRunOptions), nameof(ContainerRunOptions.Cpu), new CpuOptions { Limit = 2 } },
        { nameof(ContainerRunOptions), nameof(ContainerRunOptions.StopTimeout), TimeSpan.FromSeconds(82) },
        { nameof(ContainerRunOptions), nameof(ContainerRunOptions.Volumes), new[] { new VolumeMount(VolumeKind.Named, "data", "/data", "ro") } },
        { nameof(ContainerRunOptions), nameof(ContainerRunOptions.Networks), new[] { "front" } },
        { nameof(ContainerRunOptions), nameof(ContainerRunOptions.User), "other" },
        { nameof(ContainerRunOptions), nameof(ContainerRunOptions.Memory), 1L << 30 },
        { nameof(ContainerRunOptions), nameof(ContainerRunOptions.Pids), 7 },
        { nameof(ContainerRunOptions), nameof(ContainerRunOptions.Init), true },
        { nameof(ContainerRunOptions), nameof(ContainerRunOptions.Capabilities), Array.Empty<string>() },
        { nameof(ContainerRunOptions), nameof(ContainerRunOptions.NewPrivileges), true },
        { nameof(ContainerRunOptions), nameof(ContainerRunOptions.ReadOnly), true },
        { nameof(ContainerRunOptions), nameof(ContainerRunOptions.Labels), new Dictionary<string, string> { ["a"] = "c" } },
        { nameof(ContainerRunOptions), nameof(ContainerRunOptions.Pull), PullPolicy.Never },
        { nameof(ContainerRunOptions), nameof(ContainerRunOptions.HealthCheck), HealthCheckOptions.None },
        { nameof(HealthCheckOptions), nameof(HealthCheckOptions.Test), new[] { "CMD", "false" } },
        { nameof(HealthCheckOptions), nameof(HealthCheckOptions.Interval), TimeSpan.FromSeconds(7) },
        { nameof(HealthCheckOptions), nameof(HealthCheckOptions.Timeout), TimeSpan.FromSeconds(7) },
        { nameof(HealthCheckOptions), nameof(HealthCheckOptions.Retries), 7 },
        { nameof(HealthCheckOptions), nameof(HealthCheckOptions.StartPeriod), TimeSpan.FromSeconds(7) },
        { nameof(GatewayOptions), nameof(GatewayOptions.Name), "other" },
        { nameof(GatewayOptions), nameof(GatewayOptions.ServerTiming), true },
        { nameof(GatewayOptions), nameof(GatewayOptions.Admin), new AdminOptions { Url = new Uri("http://x:1") } },
        { nameof(GatewayOptions), nameof(GatewayOptions.Headers), new HeaderOptions { Underscores = true } },
        { nameof(GatewayOptions), nameof(GatewayOptions.Forwarded), new ForwardedOptions { Host = true } },
        { nameof(GatewayOptions), nameof(GatewayOptions.ProxyProtocol), new ProxyProtocolOptions { From = Networks("10.0.0.0/8") } },
        { nameof(GatewayOptions), nameof(GatewayOptions.Ebpf), new EbpfOptions { Mode = EbpfMode.Off } },
        { nameof(GatewayOptions), nameof(GatewayOptions.Access), new AccessOptions { Allow = [IPNetwork.Parse("10.0.0.0/8")] } },
        { nameof(GatewayOptions), nameof(GatewayOptions.Runtimes), Given.Engines(podman: "tcp://x:1") },
        { nameof(GatewayOptions), nameof(GatewayOptions.Budget), new BudgetOptions { Concurrent = 1 } },
        { nameof(GatewayOptions), nameof(GatewayOptions.Trust), new TrustOptions { Enabled = false } },
        { nameof(GatewayOptions), nameof(GatewayOptions.FastOpen), FastOpen.On },
        { nameof(GatewayOptions), nameof(GatewayOptions.Shared), new[] { new ListenAddress("https", null, 443) } },
        { nameof(GatewayOptions), nameof(GatewayOptions.Functions), Functions(Make().WithProcess(run => run with { Port = 82 })) },
        { nameof(GatewayOptions), nameof(GatewayOptions.State), new StateOptions { Path = "x" } },
        { nameof(GatewayOptions), nameof(GatewayOptions.Restart), new RestartOptions { TakeOver = true } },
        { nameof(GatewayOptions), nameof(GatewayOptions.Memory), new MemoryOptions { Budget = 1 } },
        { nameof(GatewayOptions), nameof(GatewayOptions.AccessLog), new AccessLogOptions { Path = "x" } },
        { nameof(GatewayOptions), nameof(GatewayOptions.Tracing), new TracingOptions { Endpoint = new Uri("http://192.0.2.1:4318") } },
        { nameof(TracingOptions), nameof(TracingOptions.Endpoint), new Uri("http://192.0.2.2:4318") },
        { nameof(TracingOptions), nameof(TracingOptions.Protocol), OtlpProtocol.Grpc },
        { nameof(TracingOptions), nameof(TracingOptions.Headers), new Dictionary<string, string> { ["X-Key"] = "other" }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase) },
        { nameof(TracingOptions), nameof(TracingOptions.Requests), true },
        { nameof(TracingOptions), nameof(TracingOptions.Sample), 0.5 },
        { nameof(GatewayOptions), nameof(GatewayOptions.MetricsExport), new MetricsExportOptions { Endpoint = new Uri("http://192.0.2.1:4318") } },
        { nameof(MetricsExportOptions), nameof(MetricsExportOptions.Endpoint), new Uri("http://192.0.2.2:4318") },
        { nameof(MetricsExportOptions), nameof(MetricsExportOptions.Headers), new Dictionary<string, string> { ["X-Key"] = "other" }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase) },
        { nameof(MetricsExportOptions), nameof(MetricsExportOptions.Every), TimeSpan.FromSeconds(10) },
        { nameof(GatewayOptions), nameof(GatewayOptions.Webhooks), new[] { new WebhookOptions { Name = "x", Url = new Uri("http://192.0.2.1") } } },
        { nameof(GatewayOptions), nameof(GatewayOptions.ClientLimits), new ClientLimits { Held = 1 } },
        { nameof(GatewayOptions), nameof(GatewayOptions.Limits), new KestrelLimits(["x"], []) },
        { nameof(GatewayOptions), nameof(GatewayOptions.Policies), new PolicyOptions { Named = PolicyKinds.Cors } },
        { nameof(GatewayOptions), nameof(GatewayOptions.Proxy), new ProxyOptions { Clusters = [new() { ClusterId = "x" }] } },
        { nameof(AdminOptions), nameof(AdminOptions.Url), new Uri("http://x:1") },
        { nameof(AdminOptions), nameof(AdminOptions.Listen), new[] { new ListenAddress("http", null, 1) } },
        { nameof(AdminOptions), nameof(AdminOptions.Socket), "/x" },
        { nameof(AdminOptions), nameof(AdminOptions.Hosts), new[] { "x" } },
        { nameof(AdminOptions), nameof(AdminOptions.Token), "x" },
        { nameof(AdminOptions), nameof(AdminOptions.TokenFile), "x" },
        { nameof(HeaderOptions), nameof(HeaderOptions.Remove), new[] { "x" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase) },
        { nameof(HeaderOptions), nameof(HeaderOptions.Underscores), true },
        { nameof(ForwardedOptions), nameof(ForwardedOptions.KnownProxies), Networks("192.0.2.1/32") },
        { nameof(ForwardedOptions), nameof(ForwardedOptions.ForwardLimit), 2 },
        { nameof(ForwardedOptions), nameof(ForwardedOptions.Host), true },
        { nameof(ProxyProtocolOptions), nameof(ProxyProtocolOptions.From), Networks("::1/128") },
        { nameof(ProxyProtocolOptions), nameof(ProxyProtocolOptions.Timeout), TimeSpan.FromSeconds(1) },
        { nameof(EbpfOptions), nameof(EbpfOptions.Mode), EbpfMode.Off },
        { nameof(EbpfOptions), nameof(EbpfOptions.Xdp), XdpMode.Off },
        { nameof(EbpfOptions), nameof(EbpfOptions.Interfaces), new[] { "eth1" } },
        { nameof(EbpfOptions), nameof(EbpfOptions.ClientHello), false },
        { nameof(EbpfOptions), nameof(EbpfOptions.ReturningClients), new ReturningOptions { Remember = 1024 } },
        { nameof(EbpfOptions), nameof(EbpfOptions.Limits), new SynLimitOptions { Total = new(1) } },
    };

    [Fact]
    public void Equals_GatewayOfOtherObjects_IsTrue()
    {
        Assert.Equal(MakeGateway(), MakeGateway());
        Assert.Equal(MakeGateway().GetHashCode(), MakeGateway().GetHashCode());
        Assert.NotEqual(MakeGateway(), MakeGateway() with { Functions = FrozenDictionary<string, FunctionOptions>.Empty });
    }

    [Theory]
    [MemberData(nameof(OtherRecords))]
    public void Equals_OnePropertyOfAnotherRecordDiffers_IsFalse(string type, string property, object value)
    {
        var (one, other) = (MakeRecord(type), MakeRecord(type));
        Assert.Equal(one, other);
        other.GetType().GetProperty(property)!.SetValue(other, value);

        Assert.NotEqual(one, other);
        if (one is RunOptions run)
        {
            Assert.Equal(LookedUp.Contains(property) || LookedUp.Contains($"{type}.{property}"), run.Fingerprint == ((RunOptions)other).Fingerprint);
        }
    }

    [Fact]
    public void OtherRecords_HaveEveryProperty() => Assert.Equal(
        new[] { typeof(ProcessRunOptions), typeof(ContainerRunOptions), typeof(HealthCheckOptions), typeof(GatewayOptions), typeof(AdminOptions), typeof(HeaderOptions), typeof(ForwardedOptions), typeof(ProxyProtocolOptions), typeof(TracingOptions), typeof(MetricsExportOptions), typeof(EbpfOptions) }
            .SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite).Select(property => $"{type.Name}.{property.Name}"))
            .Order(StringComparer.Ordinal),
        OtherRecords.Select(row => $"{row.Data.Item1}.{row.Data.Item2}").Order(StringComparer.Ordinal));

    private static object MakeRecord(string type) => type switch
    {
        nameof(GatewayOptions) => MakeGateway(),
        nameof(AdminOptions) => MakeGateway().Admin,
        nameof(HeaderOptions) => new HeaderOptions { Remove = new[] { "X-A" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase) },
        nameof(ForwardedOptions) => new ForwardedOptions { KnownProxies = Networks("10.0.0.0/8") },
        nameof(ProxyProtocolOptions) => new ProxyProtocolOptions { From = Networks("10.0.0.0/8") },
        nameof(TracingOptions) => new TracingOptions { Endpoint = new Uri("http://192.0.2.1:4318"), Headers = new Dictionary<string, string> { ["X-Key"] = "a" }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase) },
        nameof(MetricsExportOptions) => new MetricsExportOptions { Endpoint = new Uri("http://192.0.2.1:4318"), Headers = new Dictionary<string, string> { ["X-Key"] = "a" }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase) },
        nameof(ProcessRunOptions) => Make().Run,
        nameof(ContainerRunOptions) => MakeContainer(),
        nameof(HealthCheckOptions) => MakeContainer().HealthCheck!,
        _ => MakeGateway().Ebpf,
    };

    private static GatewayOptions MakeGateway() => new()
    {
        Admin = new AdminOptions { Url = new Uri("http://192.0.2.1:1"), Listen = [new("http", IPAddress.Parse("192.0.2.1"), 1)] },
        Ebpf = new EbpfOptions { Interfaces = ["eth0"] },
        Runtimes = Given.Engines(),
        Functions = Functions(Make()),
    };

    private static SourceNetworks Networks(string network) => new([IPNetwork.Parse(network)]);

    private static FrozenDictionary<string, FunctionOptions> Functions(FunctionOptions function) =>
        new[] { function }.ToFrozenDictionary(one => one.Name, StringComparer.OrdinalIgnoreCase);

    // New lists and strings each time, so that equal references cannot make the tests pass.
    private static FunctionOptions Make() => new()
    {
        Name = new string("hello"),
        Run = new ProcessRunOptions
        {
            Command = new List<string> { "a", "b" },
            Environment = new Dictionary<string, string> { ["A"] = "b" },
            Port = 81,
        },
        Listen = new List<ListenAddress> { new("http", IPAddress.Parse("192.0.2.1"), 81) },
        SynId = "x",
        Hosts = new List<string> { "a.example" },
    };

    private static ContainerRunOptions MakeContainer() => new(new string("Docker"))
    {
        Command = new List<string> { "a", "b" },
        Environment = new Dictionary<string, string> { ["A"] = "b" },
        Volumes = new List<VolumeMount> { new(VolumeKind.Named, "data", "/data") },
        Networks = new List<string> { "back" },
        Labels = new Dictionary<string, string> { ["a"] = "b" },
        HealthCheck = new HealthCheckOptions { Test = new List<string> { "CMD", "true" } },
    };
}
