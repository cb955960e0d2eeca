using Gateway.Ebpf.Hooks;
using LibBpf;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Tests.Ebpf;

/// <summary>The tests that <see cref="TestChild"/> runs. They are explicit, so never part of a normal run.</summary>
public sealed class TestChildPrograms
{
    [Fact(Explicit = true)]
    public void AttachAndWait()
    {
        using var kernel = new HookedKernel(XdpAttach.Generic, "lo");
        TestChild.Say(string.Join(' ', kernel.Hooks.Attachments.Select(attachment => attachment.Mode)));
        new ManualResetEventSlim().Wait(); // for SIGKILL
    }

    [Fact(Explicit = true)]
    public void AttachAndSayWhatFails()
    {
        using var log = new EventLog();
        var e = Assert.Throws<BpfException>(() => KernelHooks.Attach(new KernelHooksOptions { Xdp = XdpAttach.Off }, log, NullLogger.Instance));
        TestChild.Say(e.Message);
    }
}
