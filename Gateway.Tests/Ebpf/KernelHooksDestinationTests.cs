using System.Net;
using Gateway.Ebpf.Hooks;
using LibBpf;
using Xunit;

namespace Gateway.Tests.Ebpf;

/// <summary>Which function a destination belongs to, seen through real connections.</summary>
[Collection(KernelCollection.Name)]
public sealed class KernelHooksDestinationTests : IDisposable
{
    private const uint Exact = 1, AnyV4 = 2, AnyAddress = 3;

    private readonly HookedKernel _kernel = new();
    private readonly Loopback _listener = new(IPAddress.IPv6Any, dualStack: true);

    [Fact]
    public void SetDestination_SeveralMatch_TheMostSpecificWins()
    {
        _kernel.Hooks.SetDestination(null, _listener.Port, AnyAddress);
        _kernel.Hooks.SetDestination(IPAddress.Any, _listener.Port, AnyV4);
        _kernel.Hooks.SetDestination(IPAddress.Parse("127.0.0.2"), _listener.Port, Exact);

        Assert.Equal(Exact, Woken("127.0.0.2"));
        Assert.Equal(AnyV4, Woken("127.0.0.1"));
        Assert.Equal(AnyAddress, Woken("::1"));
    }

    [Fact]
    public void SetDestination_Again_Replaces()
    {
        _kernel.Hooks.SetDestination(IPAddress.IPv6Any, _listener.Port, 5); // the same as null
        _kernel.Hooks.SetDestination(null, _listener.Port, 6);
        Assert.Equal(6u, Woken("127.0.0.1"));
    }

    [Fact]
    public void RemoveDestination_MostSpecific_TheNextTakesOver()
    {
        _kernel.Hooks.SetDestination(null, _listener.Port, AnyAddress);
        _kernel.Hooks.SetDestination(IPAddress.IPv6Loopback, _listener.Port, Exact);
        Assert.Equal(Exact, Woken("::1"));
        Assert.True(_kernel.Hooks.RemoveDestination(IPAddress.IPv6Loopback, _listener.Port));
        Assert.False(_kernel.Hooks.RemoveDestination(IPAddress.IPv6Loopback, _listener.Port));
        Assert.Equal(AnyAddress, Woken("::1"));
        Assert.True(_kernel.Hooks.RemoveDestination(null, _listener.Port));
        Assert.Null(Woken("::1"));
    }

    [Fact]
    public void SetDestination_OtherPort_IsNotTouched()
    {
        _kernel.Hooks.SetDestination(null, _listener.Port == 65535 ? 1 : _listener.Port + 1, Exact);
        Assert.Null(Woken("127.0.0.1"));
    }

    [Fact]
    public void SetDestination_MapIsFull_SaysHowManyItHolds()
    {
        var e = Assert.Throws<BpfException>(() =>
        {
            for (var port = 1; port <= 65; port++) // HookedKernel allows 64, and has one itself
            {
                _kernel.Hooks.SetDestination(null, port, 0);
            }
        });
        Assert.StartsWith("Writing to map destinations, which holds 64 entries at most failed with E2BIG", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65536)]
    public void SetDestination_NotAPort_Throws(int port) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _kernel.Hooks.SetDestination(null, port, 0));

    [Fact]
    public void FunctionIndex_BeyondTheMaximum_Throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _kernel.Hooks.SetDestination(null, 80, 1024));
        Assert.Throws<ArgumentOutOfRangeException>(() => _kernel.Hooks.Arm(1024, Triggers.Syn));
    }

    [Fact]
    public void Arm_AfterDispose_ThrowsInsteadOfTouchingFreedMemory()
    {
        _kernel.Hooks.Dispose();
        _kernel.Hooks.Dispose();
        Assert.Throws<ObjectDisposedException>(() => _kernel.Hooks.Arm(1, Triggers.Syn));
        Assert.Throws<ObjectDisposedException>(() => _kernel.Hooks.SetDestination(null, 80, 1));
        Assert.Throws<ObjectDisposedException>(_kernel.Hooks.ReadCounters);
    }

    public void Dispose()
    {
        _kernel.Dispose();
        _listener.Dispose();
    }

    /// <summary>The function that a connection to this address wakes, all being armed.</summary>
    private uint? Woken(string address)
    {
        for (uint function = 0; function < 10; function++)
        {
            _kernel.Hooks.Arm(function, Triggers.Syn);
        }
        _listener.Connect(IPAddress.Parse(address));
        return _kernel.EventsSoFar().Select(e => (uint?)e.Function).SingleOrDefault();
    }
}
