using Gateway.Lab;
using Gateway.Runtimes.Paging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Tests.Runtimes;

/// <summary>What decides whether memory is pushed out, on files as the kernel has them. That it is pushed out is tested where there is swap (ThisKernelTests).</summary>
public sealed class PageOutTests : IDisposable
{
    private readonly LabDirectory _cgroup = LabDirectory.Create("paging");

    public void Dispose() => _cgroup.Dispose();

    [Theory]
    [InlineData("cpu io memory pids", true, "Filename Type\n/dev/sda2 partition\n", null)]
    [InlineData("cpu io memory pids", true, "Filename Type\n", "this machine has no swap")]
    [InlineData("cpu io memory pids", false, "Filename Type\n/dev/sda2 partition\n", "Linux 5.19")]
    [InlineData("cpu io pids", true, "Filename Type\n/dev/sda2 partition\n", "memory is counted by cgroup v1 here")]
    public void WhyNot_OfAMachine_IsOneSentence(string controllers, bool reclaims, string swaps, string? expected)
    {
        File.WriteAllText(_cgroup.File("cgroup.controllers"), controllers + "\n");
        File.WriteAllText(_cgroup.File("swaps"), swaps);
        if (reclaims)
        {
            File.WriteAllText(_cgroup.File("memory.reclaim"), "");
        }

        using var paging = new PageOut(_cgroup.Path, NullLogger.Instance, swaps: _cgroup.File("swaps"));

        if (expected is null)
        {
            Assert.Null(paging.WhyNot());
        }
        else
        {
            Assert.Contains(expected, paging.WhyNot(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Push_OfOneThatWasWantedBeforeItBegan_IsNotBegun_AndTheNextIs()
    {
        File.WriteAllText(_cgroup.File("memory.reclaim"), "");
        File.WriteAllText(_cgroup.File("memory.current"), "8388608\n");
        File.WriteAllText(_cgroup.File("memory.stat"), "anon 4096\nfile 8384512\n");
        using var paging = new PageOut(_cgroup.Path, NullLogger.Instance);
        var pager = paging.PagerOf("hello");

        pager.Interrupt();
        Assert.False(await pager.TryPushAsync([_cgroup.Path]));
        Assert.Equal("", File.ReadAllText(_cgroup.File("memory.reclaim")));

        Assert.True(await pager.TryPushAsync([_cgroup.Path]));
        Assert.StartsWith("4194304", File.ReadAllText(_cgroup.File("memory.reclaim")), StringComparison.Ordinal);

        // What was wanted before it ran has nothing to do with its next rest.
        pager.Interrupt();
        pager.Reset();
        Assert.True(await pager.TryPushAsync([_cgroup.Path]));
    }
}
