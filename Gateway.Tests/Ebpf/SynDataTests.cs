using System.Diagnostics;
using System.Text;
using Gateway.Ebpf.Hooks;
using Gateway.Tests.Listening;
using Xunit;
using static Gateway.Tests.Ebpf.Packet;

namespace Gateway.Tests.Ebpf;

/// <summary>Data inside a SYN to a shared destination, read by the XDP program from single frames.</summary>
[Collection(KernelCollection.Name)]
public sealed class SynDataTests : IClassFixture<NamedKernel>
{
    private const uint Hello = 3, Below = 4, Deep = 5;

    private static readonly byte[] LongExtension = HelloBytes.Extension(51, new byte[600]);
    private static readonly byte[][] Greased = [.. Enumerable.Range(0, 30).Select(i => HelloBytes.Extension(0x0a0a + i, new byte[i]))];

    private readonly NamedKernel _kernel;

    public SynDataTests(NamedKernel kernel)
    {
        _kernel = kernel;
        _kernel.Run(hooks =>
        {
            hooks.SetDestination(null, LocalPort, KernelHooks.Shared);
            hooks.SetHost("hello.example", Hello);
            hooks.SetHost("*.example", Below);
            hooks.SetHost("*.deep.example", Deep);
            hooks.SetHost("two.example", KernelHooks.Shared);
        });
    }

    public static TheoryData<string, byte[], uint> Hellos => new()
    {
        { "a name", HelloBytes.Of("hello.example"), Hello },
        { "capitals and the root's dot", HelloBytes.Of("HELLO.Example."), Hello },
        { "a name below a domain", HelloBytes.Of("other.example"), Below },
        { "a name below the nearest domain", HelloBytes.Of("a.b.deep.example"), Deep },
        { "the domain itself is below the next", HelloBytes.Of("deep.example"), Below },
        { "behind a long extension", HelloBytes.Of("hello.example", LongExtension), Hello },
        { "behind thirty extensions", HelloBytes.Of("hello.example", Greased), Hello },
        { "without a session id", HelloBytes.Record(HelloBytes.Handshake(HelloBytes.ServerName("hello.example"), session: 0)), Hello },
        { "sixteen dots", HelloBytes.Of("a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.example"), Below },
    };

    public static TheoryData<string, byte[], string> NoHellos => new()
    {
        { "nobody's name", HelloBytes.Of("hello.test"), "unknown_name" },
        { "two functions' name", HelloBytes.Of("two.example"), "unknown_name" },
        { "a domain that has only names below it", HelloBytes.Of("example"), "unknown_name" },
        { "no name", HelloBytes.Of(null), "no_name" },
        { "an empty name", HelloBytes.Of(""), "no_name" },
        { "a dot", HelloBytes.Of("."), "no_name" },
        { "254 letters", HelloBytes.Of(new string('a', 254)), "no_name" },
        { "a space", HelloBytes.Of("hello example"), "no_name" },
        { "a byte above ASCII", HelloBytes.Of("h\u00e9llo.example"), "no_name" },
        { "a zero", HelloBytes.Of("hello.example\0"), "no_name" },
        { "seventeen dots", HelloBytes.Of("a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.example"), "no_name" },
        { "another kind of name", HelloBytes.Record(HelloBytes.Handshake(HelloBytes.ServerNames(1, [.. "hello.example"u8]))), "no_name" },
        { "a ServerHello", HelloBytes.Record(HelloBytes.Handshake(HelloBytes.ServerName("hello.example"), type: 2)), "no_name" },
        { "another record", HelloBytes.Record(HelloBytes.Handshake(HelloBytes.ServerName("hello.example")), type: 23), "no_name" },
        { "a hello in two records", TwoRecords(), "no_name" },
        { "a name list longer than its extension", Lie(list: 1), "no_name" },
        { "a name longer than its list", Lie(name: 1), "no_name" },
        { "an extension longer than the hello", Lie(extension: 200), "no_name" },
        { "extensions longer than the hello", Lie(extensions: 1), "no_name" },
        { "a hello longer than its record", Lie(hello: 1), "no_name" },
        { "the first bytes of a hello", HelloBytes.Of("hello.example")[..43], "no_name" },
        { "one byte", [22], "no_name" },
        { "zeros", new byte[600], "no_name" },
        { "ones", [.. Enumerable.Repeat((byte)255, 600)], "no_name" },
        { "a session id that ends behind the data", [22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3, .. new byte[32], 255, .. new byte[20]], "no_name" },
    };

    public static TheoryData<string, string, uint> Heads => new()
    {
        { "a Host", "GET / HTTP/1.1\r\nHost: hello.example\r\n\r\n", Hello },
        { "a Host with a port", "GET / HTTP/1.1\r\nHost: hello.example:8080\r\n\r\n", Hello },
        { "small letters, no space", "GET / HTTP/1.1\r\nhost:HELLO.EXAMPLE\r\n\r\n", Hello },
        { "spaces and tabs", "GET / HTTP/1.1\r\nHOST: \t hello.example \r\n\r\n", Hello },
        { "not the first field", "POST /a?host:x HTTP/1.1\r\nX-Host: no.test\r\nHos: t\r\nAccept: */*\r\nHost: other.example\r\n\r\nbody", Below },
        { "lines that end in LF alone", "GET / HTTP/1.1\nHost: hello.example\n\n", Hello },
        { "the first of two", "GET / HTTP/1.1\r\nHost: hello.example\r\nHost: other.example\r\n\r\n", Hello },
    };

    public static TheoryData<string, string, string> NoHeads => new()
    {
        { "nobody's Host", "GET / HTTP/1.1\r\nHost: hello.test\r\n\r\n", "unknown_name" },
        { "no Host", "GET / HTTP/1.0\r\nAccept: */*\r\n\r\n", "no_name" },
        { "a Host in the request line", "GET host: hello.example\r\n\r\n", "no_name" },
        { "a Host in the body", "GET / HTTP/1.1\r\n\r\nHost: hello.example\r\n", "no_name" },
        { "a Host that is cut off", "GET / HTTP/1.1\r\nHost: hello.example", "no_name" },
        { "an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "no_name" },
        { "a Host with spaces before the colon", "GET / HTTP/1.1\r\nHost : hello.example\r\n\r\n", "no_name" },
        { "an IPv6 address", "GET / HTTP/1.1\r\nHost: [2001:db8::1]\r\n\r\n", "no_name" },
        { "a Host behind 1024 bytes", $"GET / HTTP/1.1\r\nX: {new string('x', 1024)}\r\nHost: hello.example\r\n\r\n", "no_name" },
        { "HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "no_name" },
        { "something else", "\r\nHost: hello.example\r\n\r\n", "no_name" },
    };

    [Theory]
    [MemberData(nameof(Hellos))]
    public void Run_HelloWithAFunctionsName_WakesIt(string name, byte[] data, uint function)
    {
        _ = name;
        AssertWakes(Frame4(FastOpen(data)), function, NamedBy.ServerName);
        AssertWakes(Frame6(FastOpen(data, [2, 4, 5, 0xb4])), function, NamedBy.ServerName);
    }

    [Theory]
    [MemberData(nameof(Heads))]
    public void Run_RequestWithAFunctionsHost_WakesIt(string name, string data, uint function)
    {
        _ = name;
        AssertWakes(Frame4(FastOpen(Encoding.Latin1.GetBytes(data))), function, NamedBy.Host);
    }

    [Theory]
    [MemberData(nameof(NoHellos))]
    public void Run_HelloOfNobody_WakesNobodyAndCountsWhy(string name, byte[] data, string why)
    {
        _ = name;
        AssertCounts(Frame4(FastOpen(data)), why);
    }

    [Theory]
    [MemberData(nameof(NoHeads))]
    public void Run_RequestOfNobody_WakesNobodyAndCountsWhy(string name, string data, string why)
    {
        _ = name;
        AssertCounts(Frame4(FastOpen(Encoding.Latin1.GetBytes(data))), why);
    }

    public static TheoryData<string, byte[]> Cookies => new()
    {
        { "four bytes", [34, 6, 1, 2, 3, 4] },
        { "sixteen bytes", [34, 18, .. new byte[16]] },
        { "behind what Linux sends", [2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7, .. Cookie] },
        { "behind an id that is nobody's", [.. SynId("nobody"), .. Cookie] },
        { "before an id that is nobody's", [.. Cookie, .. SynId("nobody")] },
    };

    public static TheoryData<string, byte[]> NoCookies => new()
    {
        { "no option", [] },
        { "another option", [2, 4, 5, 0xb4] },
        { "a request for a cookie", [34, 2] },
        { "three bytes", [34, 5, 1, 2, 3] },
        { "seventeen bytes", [34, 19, .. new byte[17]] },
        { "behind the end of options", [0, 0, .. Cookie] },
        { "inside another option", [254, 12, .. Cookie] },
    };

    [Theory]
    [MemberData(nameof(Cookies))]
    public void Run_DataWithAFastOpenCookie_IsRead(string name, byte[] options)
    {
        _ = name;
        var e = Assert.Single(_kernel.RunArmed(Frame4(SynWith(options, HelloBytes.Of("hello.example"))), Hello).Events);
        Assert.Equal((Hello, NamedBy.ServerName), (e.Function, e.NamedBy));
    }

    [Theory]
    [MemberData(nameof(NoCookies))]
    public void Run_DataWithoutAFastOpenCookie_IsNotLookedAt(string name, byte[] options)
    {
        _ = name;
        AssertCounts(Frame4(SynWith(options, HelloBytes.Of("hello.example"))), "no_cookie");
        AssertCounts(Frame6(SynWith(options, [.. "GET / HTTP/1.1\r\nHost: hello.example\r\n\r\n"u8])), "no_cookie");
    }

    [Fact]
    public void Run_NobodyIsAtRest_DataIsNotLookedAt()
    {
        var (events, counted) = _kernel.RunArmed(Frame4(FastOpen(HelloBytes.Of("nobody.test"))));
        Assert.Empty(events);
        Assert.Equal(new() { ["quiet"] = 1 }, counted);
    }

    // A CPU begins anew each second; the frames may be seen by each CPU.
    [Fact]
    public void Run_MoreDataThanASecondMayCost_IsNotLookedAt()
    {
        const int Budget = 5, Frames = 10_000;
        using var space = new NetworkNamespace();
        space.Run(() =>
        {
            using var kernel = new HookedKernel(new KernelHooksOptions { Xdp = XdpAttach.Generic, Interfaces = ["lo"], MaxFunctions = 1024, DataBudget = Budget });
            kernel.Hooks.SetDestination(null, LocalPort, KernelHooks.Shared);
            kernel.Hooks.Arm(Hello, Triggers.Syn);
            var before = Stopwatch.GetTimestamp();
            kernel.Hooks.Program("hs_xdp").TestRun(Frame4(FastOpen(HelloBytes.Of("nobody.test"))), Frames);

            var most = Budget * Environment.ProcessorCount * ((int)Stopwatch.GetElapsedTime(before).TotalSeconds + 2);
            Assert.InRange(kernel.Count("xdp", "unknown_name"), 1, most);
            Assert.Equal(Frames, kernel.Count("xdp", "unknown_name") + kernel.Count("xdp", "over_budget"));
        });
    }

    // The name is read as soon as all of it is there, however long the hello claims to be.
    [Fact]
    public void Run_HelloCutAnywhere_WakesWhenTheNameIsWhole()
    {
        var data = HelloBytes.Of("hello.example", LongExtension);
        var whole = data.AsSpan().IndexOf("hello.example"u8) + "hello.example".Length;
        for (var length = 1; length <= data.Length; length += length < whole - 20 ? 7 : 1)
        {
            var (events, _) = _kernel.RunArmed(Frame4(FastOpen(data[..length])), Hello, Below, Deep);
            Assert.Equal(length >= whole ? [Hello] : Array.Empty<uint>(), events.Select(e => e.Function));
        }
    }

    [Fact]
    public void Run_HelloBehindThePacketsEnd_IsNotRead()
    {
        var (events, counted) = _kernel.RunArmed(Frame4(SynWith([]), padding: HelloBytes.Of("hello.example")), Hello);
        Assert.Empty(events);
        Assert.Equal(new() { ["shared"] = 1 }, counted);

        // The padding goes on where the packet's data ends.
        var hello = HelloBytes.Of("hello.example");
        var cut = hello.Length - 25;
        AssertCounts(Frame4(FastOpen(hello[..cut]), padding: hello[cut..]), "no_name");
    }

    [Fact]
    public void Run_FunctionAwake_IsQuiet()
    {
        var (events, counted) = _kernel.RunArmed(Frame4(FastOpen(HelloBytes.Of("hello.example"))));
        Assert.Empty(events);
        Assert.Equal(new() { ["quiet"] = 1 }, counted);
    }

    [Fact]
    public void Run_IdAndHello_TheIdCounts()
    {
        _kernel.Run(hooks => hooks.SetSynId("deep", Deep));
        var e = Assert.Single(_kernel.RunArmed(Frame4(FastOpen(HelloBytes.Of("hello.example"), SynId("deep"))), Hello, Deep).Events);
        Assert.Equal((Deep, NamedBy.SynId), (e.Function, e.NamedBy));
    }

    [Fact]
    public void RemoveHost_Removed_IsNobodys()
    {
        _kernel.Run(hooks =>
        {
            Assert.True(hooks.RemoveHost("*.deep.example"));
            Assert.False(hooks.RemoveHost("*.deep.example"));
        });
        AssertWakes(Frame4(FastOpen(HelloBytes.Of("a.b.deep.example"))), Below, NamedBy.ServerName);
    }

    private void AssertWakes(byte[] frame, uint function, NamedBy namedBy)
    {
        var (events, counted) = _kernel.RunArmed(frame, Hello, Below, Deep);
        var e = Assert.Single(events);
        Assert.Equal((function, Triggers.Syn, namedBy), (e.Function, e.Kind, e.NamedBy));
        Assert.Equal(new() { ["syn"] = 1 }, counted);
    }

    private void AssertCounts(byte[] frame, string why)
    {
        var (events, counted) = _kernel.RunArmed(frame, Hello, Below, Deep);
        Assert.Empty(events);
        Assert.Equal(new() { [why] = 1, ["shared"] = 1 }, counted);
    }

    private static byte[] TwoRecords()
    {
        var handshake = HelloBytes.Handshake(HelloBytes.ServerName("hello.example"));
        return [.. HelloBytes.Record(handshake[..60]), .. HelloBytes.Record(handshake[60..])];
    }

    // A hello whose one extension is the server name, with lengths that are greater than they should be.
    private static byte[] Lie(int name = 0, int list = 0, int extension = 0, int extensions = 0, int hello = 0)
    {
        var bytes = HelloBytes.Record(HelloBytes.Handshake(HelloBytes.ServerName("hello.example")));
        var end = bytes.Length - "hello.example".Length;
        bytes[end - 1] += (byte)name;
        bytes[end - 4] += (byte)list;
        bytes[end - 6] += (byte)extension;
        bytes[end - 10] += (byte)extensions;
        bytes[8] += (byte)hello;
        return bytes;
    }
}
