using System.Diagnostics;
using Gateway.Lab;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.Lab;

[Collection(nameof(Timing))]
public sealed class LabLeakTests
{
    [Fact]
    public void Dispose_ManyNamespaces_LeavesNoDescriptorAndNoThread()
    {
        NetworkNamespace.Create().Dispose();
        var before = (Descriptors(), NamespaceThreads());

        for (var i = 0; i < 50; i++)
        {
            NetworkNamespace.Create().Dispose();
        }

        // The runtime opens and closes a few of its own; fifty would be ours.
        Assert.InRange(Descriptors(), 0, before.Item1 + 10);

        // A joined thread is still in /proc for a moment.
        Assert.InRange(NamespaceThreads(), 0, before.Item2 + 5);
    }

    [Fact]
    public async Task CreateAsync_SmallestLab_TakesFewSeconds()
    {
        await using var first = await LabNetwork.CreateAsync(TimeSpan.FromMilliseconds(50));
        var started = Stopwatch.GetTimestamp();

        await using var second = await LabNetwork.CreateAsync(TimeSpan.FromMilliseconds(50));

        // About 150 ms on an idle machine; a test that makes its own must stay cheap on a busy one too.
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalMilliseconds, 1, 5000);
    }

    private static int Descriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;

    private static int NamespaceThreads() =>
        Directory.GetDirectories("/proc/self/task").Count(task => NameOf(task).StartsWith("lab-netns", StringComparison.Ordinal));

    // A thread that was listed may have ended since: its directory is gone, or reading there gives ESRCH.
    private static string NameOf(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm"));
        }
        catch (IOException)
        {
            return "";
        }
    }
}
