using Gateway.Ebpf.Hooks;
using Xunit;
using static Gateway.Tests.Ebpf.Packet;

namespace Gateway.Tests.Ebpf;

/// <summary>The id inside a SYN to a shared destination, read by the XDP program from single frames.</summary>
[Collection(KernelCollection.Name)]
public sealed class SynIdTests : IClassFixture<NamedKernel>
{
    private const uint Hello = 3, Longest = 4, Own = 5;
    private const string LongestId = "sixteen-letters!";

    private static readonly byte[] Mss = [2, 4, 5, 0xb4], Sack = [4, 2], WindowScale = [3, 3, 7], Nop = [1];
    private static readonly byte[] Timestamps = [8, 10, 1, 2, 3, 4, 0, 0, 0, 0];

    private readonly NamedKernel _kernel;

    public SynIdTests(NamedKernel kernel)
    {
        _kernel = kernel;
        _kernel.Run(hooks =>
        {
            hooks.RemoveDestination(Server4, LocalPort);
            hooks.SetDestination(null, LocalPort, KernelHooks.Shared);
            hooks.SetSynId("hello", Hello);
            hooks.SetSynId(LongestId, Longest);
            hooks.SetSynId("h", Own);
        });
    }

    public static TheoryData<string, byte[], uint> Ids => new()
    {
        { "alone", SynId("hello"), Hello },
        { "one letter", SynId("h"), Own },
        { "sixteen letters", SynId(LongestId), Longest },
        { "after Linux's own options", Of(Mss, Sack, Timestamps, Nop, WindowScale, SynId(LongestId)), Longest },
        { "before the others", Of(SynId("hello"), Mss, Sack, Timestamps, Nop, WindowScale), Hello },
        { "between them", Of(Mss, Nop, Nop, SynId("hello"), Sack, Timestamps), Hello },
        { "after padding", Of(Nop, Nop, Nop, Nop, Nop, SynId("hello")), Hello },
        { "after another experiment", Of([253, 6, 0x12, 0x34, 9, 9], SynId("hello")), Hello },
        { "after an experiment without id", Of([253, 2], [254, 8, 0xE2, 0xD4, 1, 2, 3, 4], SynId("hello")), Hello },
        { "the first of two", Of(SynId("hello"), SynId("h")), Hello },
    };

    public static TheoryData<string, byte[], string?> NoIds => new()
    {
        { "no options", [], null },
        { "only others", Of(Mss, Sack, Timestamps, Nop, WindowScale), null },
        { "behind the end of options", Of(Mss, [0], SynId("hello")), null },
        { "another experiment", [253, 9, 0x48, 0x54, .. "hello"u8], null },
        { "kind 254", [254, 9, 0x48, 0x53, .. "hello"u8], null },
        { "the id inside another option", [30, 11, .. SynId("hello")], null },
        { "an unknown id", SynId("hullo"), "unknown_id" },
        { "the beginning of an id", SynId("hell"), "unknown_id" },
        { "more than an id", SynId("hello2"), "unknown_id" },
        { "an id in capitals", SynId("HELLO"), "unknown_id" },
        { "an id with zeros behind", SynId("hello\0"), "unknown_id" },
        { "an empty id", SynId(""), "malformed_id" },
        { "an id of seventeen letters", SynId(LongestId + "!"), "malformed_id" },
        { "an id of thirty-six letters", SynId(new string('x', 36)), "malformed_id" },
        { "an id that ends behind the header", [253, 10, 0x48, 0x53, .. "hell"u8], "malformed_id" },
        { "a length of 255", [253, 255, 0x48, 0x53, .. "hell"u8], "malformed_id" },
        { "a kind without length", [1, 1, 1, 253], "malformed_id" },
        { "an option of length 0", [2, 0, .. SynId("hello")], "malformed_id" },
        { "an option of length 1", [2, 1, .. SynId("hello")], "malformed_id" },
        { "an option that ends behind the header", [.. Mss, 8, 10, 1, 2], "malformed_id" },
    };

    [Theory]
    [MemberData(nameof(Ids))]
    public void Run_IdOfAFunction_WakesIt(string name, byte[] options, uint function)
    {
        _ = name;
        var (events, counted) = _kernel.RunArmed(Frame(options), Hello, Longest, Own);

        var e = Assert.Single(events);
        Assert.Equal((function, Triggers.Syn, NamedBy.SynId), (e.Function, e.Kind, e.NamedBy));
        Assert.Equal(new() { ["syn"] = 1 }, counted);
    }

    [Theory]
    [MemberData(nameof(NoIds))]
    public void Run_NoIdOfAFunction_WakesNobodyAndCountsWhy(string name, byte[] options, string? why)
    {
        _ = name;
        var (events, counted) = _kernel.RunArmed(Frame(options), Hello, Longest, Own);

        Assert.Empty(events);
        Dictionary<string, long> expected = new() { ["shared"] = 1 };
        if (why is not null)
        {
            expected[why] = 1;
        }

        Assert.Equal(expected, counted);
    }

    [Fact]
    public void Run_IPv6BehindExtensionsAndTags_ReadsTheId()
    {
        var frame = Of(Ethernet(ServiceVlanType), Vlan(VlanType), Vlan(IPv6Type), IPv6(HopByHop), Extension(Destination, 3), Extension(Tcp), SynWith(SynId("hello")));
        Assert.Equal(Hello, Assert.Single(_kernel.RunArmed(frame, Hello).Events).Function);
    }

    [Fact]
    public void Run_OptionsCutOff_CountsTruncated()
    {
        var frame = Frame(SynId("hello"));
        for (var cut = 1; cut <= 12; cut++)
        {
            var (events, counted) = _kernel.RunArmed(frame[..^cut], Hello);
            Assert.Empty(events);
            Assert.Equal(new() { ["truncated"] = 1 }, counted);
        }
    }

    [Fact]
    public void Run_FunctionAwake_IsQuiet()
    {
        var (events, counted) = _kernel.RunArmed(Frame(SynId("hello")));
        Assert.Empty(events);
        Assert.Equal(new() { ["quiet"] = 1 }, counted);
    }

    [Fact]
    public void Run_AddressOfAFunction_IgnoresTheId()
    {
        _kernel.Run(hooks => hooks.SetDestination(Server4, LocalPort, Own));
        var e = Assert.Single(_kernel.RunArmed(Frame(SynId("hello")), Hello, Own).Events);
        Assert.Equal((Own, NamedBy.Address), (e.Function, e.NamedBy));
    }

    [Fact]
    public void Run_AddressOfNobody_IgnoresTheId()
    {
        _kernel.Run(hooks => Assert.True(hooks.RemoveDestination(null, LocalPort)));
        var (events, counted) = _kernel.RunArmed(Frame(SynId("hello")), Hello);
        Assert.Empty(events);
        Assert.Equal(new() { ["unknown"] = 1 }, counted);
    }

    [Fact]
    public void RemoveSynId_Removed_IsUnknown()
    {
        _kernel.Run(hooks =>
        {
            Assert.True(hooks.RemoveSynId("hello"));
            Assert.False(hooks.RemoveSynId("hello"));
        });
        Assert.Equal(1, _kernel.RunArmed(Frame(SynId("hello")), Hello).Counted["unknown_id"]);
    }

    [Fact]
    public void SetSynId_NotOneToSixteenLetters_Throws() => _kernel.Run(hooks =>
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => hooks.SetSynId("", Hello));
        Assert.Throws<ArgumentOutOfRangeException>(() => hooks.SetSynId(LongestId + "!", Hello));
        Assert.Throws<ArgumentOutOfRangeException>(() => hooks.SetSynId("hello", KernelHooks.Shared));
    });

    private static byte[] Frame(byte[] options) => Of(Ethernet(IPv4Type), IPv4(), SynWith(options));
}
