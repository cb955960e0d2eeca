using System.Collections.Frozen;
using System.Net;
using System.Reflection;
using Gateway.Configuration;
using Gateway.Signals;
using Xunit;

namespace Gateway.Tests.Configuration;

public sealed class OptionsEqualityTests
{
    /// <summary>Another value for every property; a property that is missing here fails the tests.</summary>
    private static readonly Dictionary<string, object> Others = new()
    {
        [nameof(FunctionOptions.Name)] = "other",
        [nameof(FunctionOptions.Runtime)] = RuntimeKind.Docker,
        [nameof(FunctionOptions.Image)] = "other",
        [nameof(FunctionOptions.Command)] = new[] { "a", "c" },
        [nameof(FunctionOptions.Environment)] = new Dictionary<string, string> { ["A"] = "c" },
        [nameof(FunctionOptions.WorkingDirectory)] = "/other",
        [nameof(FunctionOptions.Network)] = "other",
        [nameof(FunctionOptions.Port)] = 82,
        [nameof(FunctionOptions.Listen)] = new[] { new ListenAddress("http", null, 82) },
        [nameof(FunctionOptions.SynId)] = "other",
        [nameof(FunctionOptions.WakeOn)] = SignalKind.Request,
        [nameof(FunctionOptions.Ready)] = new ReadyOptions { Path = "/other" },
        [nameof(FunctionOptions.Hold)] = new HoldOptions { MaxRequests = 1 },
        [nameof(FunctionOptions.Idle)] = new IdleOptions { Tier = Tier.Running },
        [nameof(FunctionOptions.Scale)] = new ScaleOptions { Max = 7 },
        [nameof(FunctionOptions.Hosts)] = new[] { "other" },
    };

    private static readonly string[] RunProperties =
    [
        nameof(FunctionOptions.Runtime), nameof(FunctionOptions.Image), nameof(FunctionOptions.Command), nameof(FunctionOptions.Environment),
        nameof(FunctionOptions.WorkingDirectory), nameof(FunctionOptions.Network), nameof(FunctionOptions.Port),
    ];

    public static TheoryData<string> Properties =>
        [.. typeof(FunctionOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => property.Name)];

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
        Assert.Equal(!RunProperties.Contains(name), Make().RunsLike(other));
    }

    [Fact]
    public void Equals_MoreEnvironment_IsFalse()
    {
        var more = Make() with { Environment = new Dictionary<string, string> { ["A"] = "b", ["C"] = "d" } };

        Assert.NotEqual(Make(), more);
        Assert.NotEqual(more, Make());
    }

    [Fact]
    public void Equals_Gateway_ComparesAllOfIt()
    {
        GatewayOptions Gateway() => new()
        {
            Admin = new AdminOptions { Url = new Uri("http://192.0.2.1:1"), Listen = [new("http", IPAddress.Parse("192.0.2.1"), 1)] },
            Ebpf = new EbpfOptions { Interfaces = ["eth0"] },
            Functions = new[] { Make() }.ToFrozenDictionary(function => function.Name, StringComparer.OrdinalIgnoreCase),
        };

        Assert.Equal(Gateway(), Gateway());
        Assert.Equal(Gateway().GetHashCode(), Gateway().GetHashCode());
        Assert.NotEqual(Gateway(), Gateway() with { Admin = new AdminOptions() });
        Assert.NotEqual(Gateway(), Gateway() with { Ebpf = new EbpfOptions { Interfaces = ["eth1"] } });
        Assert.NotEqual(Gateway(), Gateway() with { Docker = new EngineOptions { Endpoint = new Uri("tcp://x:1") } });
        Assert.NotEqual(Gateway(), Gateway() with { Budget = new BudgetOptions { Concurrent = 1 } });
        Assert.NotEqual(Gateway(), Gateway() with { Functions = FrozenDictionary<string, FunctionOptions>.Empty });
        Assert.NotEqual(Gateway(), Gateway() with
        {
            Functions = new[] { Make() with { Port = 82 } }.ToFrozenDictionary(function => function.Name, StringComparer.OrdinalIgnoreCase),
        });
    }

    // New lists and strings each time, so that equal references cannot make the tests pass.
    private static FunctionOptions Make() => new()
    {
        Name = new string("hello"),
        Runtime = RuntimeKind.Process,
        Command = new List<string> { "a", "b" },
        Environment = new Dictionary<string, string> { ["A"] = "b" },
        Port = 81,
        Listen = new List<ListenAddress> { new("http", IPAddress.Parse("192.0.2.1"), 81) },
        SynId = "x",
        Hosts = new List<string> { "a.example" },
    };
}
