using Gateway.Ebpf.Hooks;
using Gateway.Tests.LibBpf;
using LibBpf;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Tests.Ebpf;

/// <summary>Descriptors and mappings counted before and after many rounds.</summary>
[Collection(KernelCollection.Name)]
public sealed class LeakTests
{
    /// <summary>What leaks once leaks in each round.</summary>
    private static readonly int Rounds = LongRun.IsOn ? 100 : 30;

    [Fact]
    public void OpenLoadClose_ThousandRounds_LeavesNoDescriptorNorMapping()
    {
        Round(); // what is made once, as libbpf's probes and the runtime's own epoll, is made here
        var before = (Descriptors.Count(), Descriptors.CountMappings());
        for (var i = 0; i < 1000; i++)
        {
            Round();
        }
        Assert.Equal(before.Item1, Descriptors.Count());
        Assert.Equal(before.Item2, Descriptors.CountMappings());

        static void Round()
        {
            using var open = OpenBpfObject.FromMemory(SamplePrograms.Image, "round");
            using var loaded = open.Load();
            using var ring = loaded.ReadRingBuffer("ring", _ => { }, NullLogger.Instance);
            using var link = loaded.Program("idle").AttachCgroup(Cgroup.FindRoot());
        }
    }

    [Fact]
    public void AttachAndDispose_ManyRoundsOfHooks_LeavesNoDescriptorNorMapping()
    {
        using var space = new NetworkNamespace();
        space.Run(() =>
        {
            Round();
            var before = (Descriptors.Count(), Descriptors.CountMappings());
            for (var i = 0; i < Rounds; i++)
            {
                Round();
            }
            Assert.Equal(before.Item1, Descriptors.Count());
            Assert.Equal(before.Item2, Descriptors.CountMappings());
        });

        static void Round() => new HookedKernel(XdpAttach.Generic, "lo").Dispose();
    }

    [Fact]
    public void Open_NeverLoaded_LeavesNothing()
    {
        var before = Descriptors.Count();
        for (var i = 0; i < 1000; i++)
        {
            OpenBpfObject.FromMemory(SamplePrograms.Image, "unloaded").Dispose();
        }
        Assert.Equal(before, Descriptors.Count());
    }
}
