using System.Net;
using Gateway.Lab;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.Lab;

public sealed class NetworkNamespaceTests
{
    [Fact]
    public async Task Create_New_HasOnlyLoopbackAndItIsUp()
    {
        using var space = NetworkNamespace.Create();

        var links = (await space.ExecuteAsync("ip", "-o", "link")).ThrowIfFailed().Output.Split('\n');

        Assert.Contains("lo: <LOOPBACK,UP,LOWER_UP>", Assert.Single(links), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExecuteAsync_InNamespace_StillSeesTheCgroups()
    {
        using var space = NetworkNamespace.Create();

        // ip netns exec would mount a fresh /sys here, without them.
        var result = await space.ExecuteAsync("sh", "-c", "test -n \"$(ls /sys/fs/cgroup)\"");

        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public void Listen_SamePortInTwoNamespaces_BothSucceed()
    {
        using var one = NetworkNamespace.Create();
        using var two = NetworkNamespace.Create();
        var endpoint = new IPEndPoint(IPAddress.Loopback, 7001);

        using var first = one.Listen(endpoint);
        using var second = two.Listen(endpoint);

        Assert.Equal(endpoint, first.LocalEndPoint);
        Assert.Equal(endpoint, second.LocalEndPoint);
    }

    [Fact]
    public void Open_PathOfAnother_IsTheSameNamespace()
    {
        using var made = NetworkNamespace.Create();
        using var opened = NetworkNamespace.Open(made.Path);
        using var other = NetworkNamespace.Create();

        Assert.Equal(Identity(made), Identity(opened));
        Assert.NotEqual(Identity(made), Identity(other));
    }

    [Fact]
    public void Open_NothingThere_SaysWhich()
    {
        var failure = Assert.Throws<LabException>(() => NetworkNamespace.Open("/proc/1/ns/nothing"));

        Assert.Contains("/proc/1/ns/nothing", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConfigureAsync_BadCommand_SaysWhatIpSaid()
    {
        using var space = NetworkNamespace.Create();

        var failure = await Assert.ThrowsAsync<LabException>(() => space.ConfigureAsync("link set nothing up"));

        Assert.Contains("nothing", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateHttpClient_ServerInside_IsReachedOnlyFromInside()
    {
        using var inside = NetworkNamespace.Create();
        using var outside = NetworkNamespace.Create();
        await using var hello = await HelloSample.StartAsync(inside);
        using var near = inside.CreateHttpClient();
        using var far = outside.CreateHttpClient();
        using var named = inside.CreateHttpClient(new Dictionary<string, IPAddress> { ["hello.example"] = IPAddress.IPv6Loopback });

        Assert.Equal("hello\n", await near.GetStringAsync("http://127.0.0.1:8080/"));
        Assert.Equal("hello\n", await named.GetStringAsync("http://hello.example:8080/"));
        await Assert.ThrowsAsync<HttpRequestException>(() => far.GetStringAsync("http://127.0.0.1:8080/"));
    }

    private static string? Identity(NetworkNamespace space) => space.Run(() => File.ResolveLinkTarget("/proc/thread-self/ns/net", false)?.Name);
}
