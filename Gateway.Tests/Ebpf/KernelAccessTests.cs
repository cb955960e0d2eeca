using System.Net;
using Gateway.Ebpf.Hooks;
using Xunit;
using static Gateway.Tests.Ebpf.Packet;

namespace Gateway.Tests.Ebpf;

/// <summary>Whose SYNs wake anything, by the access lists.</summary>
[Collection(KernelCollection.Name)]
public sealed class KernelAccessTests : IDisposable
{
    private const uint Function = 3, Other = 4;
    private const int OtherPort = LocalPort + 1;

    private readonly NamedKernel _kernel = new();

    public KernelAccessTests() => _kernel.Run(hooks =>
    {
        hooks.SetDestination(null, LocalPort, Function);
        hooks.SetDestination(null, OtherPort, Other);
    });

    [Fact]
    public void Set_Lists_DecideWhoIsTold() => Assert.All(
        ((string Allow, string Deny, string Source, bool IsTold)[])
        [
            ("", "198.51.100.0/24", "198.51.100.4", false),
            ("", "198.51.100.0/24", "198.51.101.4", true),
            ("", "198.51.100.4/32", "198.51.100.4", false),
            ("", "2001:db8::/32", "2001:db8:ffff::4", false),
            ("", "2001:db8::/32", "2001:db9::4", true),
            ("", "::/0", "2001:db8::4", false),
            ("", "::/0", "198.51.100.4", true), // IPv4 is not part of it
            ("", "0.0.0.0/0", "198.51.100.4", false),
            ("", "0.0.0.0/0", "2001:db8::4", true),
            ("198.51.100.0/24", "", "198.51.100.4", true),
            ("198.51.100.0/24", "", "203.0.113.4", false),
            ("198.51.100.0/24", "", "2001:db8::4", false), // an Allow holds for both families
            ("198.51.100.4/32", "198.51.100.0/24", "198.51.100.4", true), // the longest prefix decides
            ("198.51.0.0/16", "198.51.100.0/24", "198.51.100.4", false),
            ("198.51.100.0/24", "198.51.100.0/24", "198.51.100.4", false), // of equal ones it is Deny
        ],
        row =>
        {
            foreach (var scope in (uint[])[KernelHooks.Shared, Function])
            {
                _kernel.Run(hooks => hooks.Access.Set(scope, Prefixes(row.Allow), Prefixes(row.Deny)));
                Assert.Equal(row.IsTold ? "syn" : "denied", Run(row.Source));

                _kernel.Run(hooks => hooks.Access.Set(scope, [], []));
                Assert.Equal("syn", Run(row.Source));
            }
        });

    [Fact]
    public void Set_ListOfAFunction_IsThatFunctionsAlone()
    {
        _kernel.Run(hooks => hooks.Access.Set(Other, [], Prefixes("0.0.0.0/0")));
        Assert.Equal("syn", Run("198.51.100.4"));

        // The gateway's list and the function's own must both let a source in.
        _kernel.Run(hooks => hooks.Access.Set(KernelHooks.Shared, Prefixes("203.0.113.0/24"), []));
        _kernel.Run(hooks => hooks.Access.Set(Function, Prefixes("198.51.100.0/24"), []));
        Assert.Equal("denied", Run("198.51.100.4"));
        Assert.Equal("denied", Run("203.0.113.4"));
    }

    // Two lists in turn, both of which deny the one source and allow the other.
    [Fact]
    public void Set_WhileSynsCome_EachSourceHasItsOldVerdictOrItsNewOne()
    {
        (string Allow, string Deny)[] lists = [("", "198.51.100.0/24"), ("198.51.0.0/16 203.0.113.0/24", "198.51.100.4/32 198.51.100.0/28"), ("0.0.0.0/0", "198.51.100.0/25 198.51.100.128/25")];
        var done = false;
        Exception? failure = null;
        KernelAccess access = null!;
        _kernel.Run(hooks => access = hooks.Access);
        access.Set(Function, Prefixes(lists[0].Allow), Prefixes(lists[0].Deny));
        var writer = new Thread(() =>
        {
            try
            {
                for (var i = 0; !Volatile.Read(ref done); i++)
                {
                    var (allow, deny) = lists[i % lists.Length];
                    access.Set(Function, Prefixes(allow), Prefixes(deny));
                }
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        writer.Start();
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal("denied", Run("198.51.100.4"));
            Assert.Equal("syn", Run("203.0.113.4"));
        }
        Volatile.Write(ref done, true);
        writer.Join();
        Assert.Null(failure);
    }

    // Reading data costs a budget that all share.
    [Fact]
    public void Run_DataOfADeniedSource_IsNotRead()
    {
        _kernel.Run(hooks =>
        {
            hooks.SetDestination(null, LocalPort, KernelHooks.Shared);
            hooks.SetHost("hello.example", Function);
        });
        var frame = Frame4(FastOpen("GET / HTTP/1.1\r\nHost: hello.example\r\n\r\n"u8.ToArray()));
        Assert.Equal("syn", _kernel.Outcomes(frame, Function));

        _kernel.Run(hooks => hooks.Access.Set(KernelHooks.Shared, [], Prefixes("198.51.100.4/32")));
        Assert.Equal("shared", _kernel.Outcomes(frame, Function));
    }

    public void Dispose() => _kernel.Dispose();

    private string Run(string source) => _kernel.Outcomes(SynFrom(source), Function);

    private static IPNetwork[] Prefixes(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(IPNetwork.Parse)];
}
