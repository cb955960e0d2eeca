using System.Net;
using Gateway.Ebpf.Hooks;
using LibBpf;
using Xunit;

namespace Gateway.Tests.Ebpf;

/// <summary>What a kernel refuses is left out alone, with its reason.</summary>
[Collection(KernelCollection.Name)]
public sealed class KernelHooksRefusalTests : IDisposable
{
    private const uint Function = 5;

    private readonly NetworkNamespace _space = new();

    public void Dispose() => _space.Dispose();

    [Theory]
    [InlineData("xdp", "xdp", HookKind.Tcx)] // in its place on the interface
    [InlineData("tc", "tcx", HookKind.Xdp)]
    [InlineData("sk_lookup", "sk_lookup", HookKind.Xdp)]
    [InlineData("sockops", "sock_ops", HookKind.Xdp)]
    public void Attach_OneProgramIsRefused_TheOthersHear(string section, string program, HookKind hears) => _space.Run(() =>
    {
        using var kernel = new HookedKernel(All(BpfImage.WithoutProgram(section)));

        Assert.Equal(Of(program, "refused"), Outcomes(kernel));
        var refused = Assert.Single(kernel.Hooks.Attachments, attachment => attachment.Refused is not null);
        Assert.Equal(("*", "none", program), (refused.Interface, refused.Mode, refused.Refused));
        Assert.StartsWith($"Loading hs_{program} into the kernel failed with EINVAL (Invalid argument): the kernel's verifier says: ", refused.Why, StringComparison.Ordinal);
        Assert.Equal(refused.Why, kernel.Hooks.Programs.Single(each => each.Program == program).Why);
        Assert.Equal(program != "sk_lookup", kernel.Hooks.Steers);
        Assert.Equal(hears, HeardBy(kernel));
    });

    [Fact]
    public void Attach_AllButSockOpsAreRefused_ASynIsHeard() => _space.Run(() =>
    {
        using var kernel = new HookedKernel(All(BpfImage.WithoutProgram("xdp", "tc", "sk_lookup")));
        Assert.Equal(3, kernel.Hooks.Programs.Count(program => program.Outcome == "refused"));
        Assert.Equal(HookKind.SockOps, HeardBy(kernel));
    });

    [Fact]
    public void Attach_NothingIsLeftThatHears_ThrowsAndHoldsNothing() => _space.Run(() =>
    {
        var before = Descriptors.Count();
        var e = Assert.Throws<BpfException>(() => new HookedKernel(All(BpfImage.WithoutProgram("sockops", "xdp", "tc"))));
        Assert.StartsWith("Loading hs_sock_ops into the kernel failed with EINVAL", e.Message, StringComparison.Ordinal);
        Assert.Equal(before, Descriptors.Count());
    });

    [Fact]
    public void Attach_SockOpsIsRequiredAndRefused_Throws() => _space.Run(() =>
        Assert.Throws<BpfException>(() => new HookedKernel(All(BpfImage.WithoutProgram("sockops")) with { RequireSockOps = true })));

    [Theory]
    [InlineData("xdp", "xdp", 181)] // bpf_loop, Linux 5.17
    [InlineData("xdp", "xdp", 189)] // bpf_xdp_load_bytes, Linux 5.18
    [InlineData("tc", "tcx", 181)]
    public void Attach_WithoutAHelperThatReadsNames_HearsWithLess(string section, string program, int helper) => _space.Run(() =>
    {
        using var kernel = new HookedKernel(All(BpfImage.WithoutHelper(section, helper)));

        Assert.Equal(Of(program, "reduced"), Outcomes(kernel));
        Assert.Contains("are not read: loading hs_", kernel.Hooks.Programs.Single(each => each.Program == program).Why, StringComparison.Ordinal);
        Assert.Equal(HookKind.Xdp, HeardBy(kernel));
    });

    private static KernelHooksOptions All(byte[] image) => new()
    {
        Xdp = XdpAttach.Generic,
        Interfaces = ["lo"],
        MaxFunctions = 1024,
        MaxDestinations = 64,
        MaxClients = 16,
        ClientHello = true,
        Steer = true,
        Image = image,
    };

    private static IEnumerable<(string, string)> Of(string program, string outcome) =>
        new[] { "sock_ops", "sk_lookup", "xdp", "tcx" }.Select(each => (each, each == program ? outcome : "loaded"));

    private static IEnumerable<(string, string)> Outcomes(HookedKernel kernel) => kernel.Hooks.Programs.Select(program => (program.Program, program.Outcome));

    private static HookKind HeardBy(HookedKernel kernel)
    {
        using var listener = new Loopback(IPAddress.Loopback);
        kernel.Hooks.SetDestination(IPAddress.Loopback, listener.Port, Function);
        kernel.Hooks.Arm(Function, Triggers.Syn);
        listener.Connect(IPAddress.Loopback);
        var e = kernel.Log.NextConnection();
        Assert.Equal((Function, Triggers.Syn), (e.Function, e.Kind));
        return e.Hook;
    }
}
