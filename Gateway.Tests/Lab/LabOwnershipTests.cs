using System.Text.Json;
using Gateway.Lab;
using Gateway.Lab.Commands;
using Gateway.Lab.Networking;
using Gateway.Lab.Processes;
using Xunit;

namespace Gateway.Tests.Lab;

/// <summary>Whatever happens to a lab's owner, nothing of the lab survives it.</summary>
public sealed class LabOwnershipTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Kill_OwnerOfALab_NoDeviceAndNoProcessIsLeft()
    {
        await using var owner = LabProcess.Start(LabExecutable.Command("hold"));
        var held = await HeldAsync(owner);
        var processes = held.Processes.Select(pid => ProcessHandle.TryOpen(pid)!).ToArray();

        // Holding the namespaces open lets us look inside after their owner's end.
        using var client = NetworkNamespace.Open(held.ClientNamespace);
        using var server = NetworkNamespace.Open(held.ServerNamespace);
        Assert.Contains("lab0", await LinksAsync(client), StringComparison.Ordinal);
        Assert.Contains("lab0", await LinksAsync(server), StringComparison.Ordinal);

        owner.Kill();

        Assert.Equal(2, processes.Length);
        Assert.All(processes, process => Assert.True(process.WaitForExit(TimeSpan.FromSeconds(10))));
        Assert.DoesNotContain("lab0", await LinksAsync(client), StringComparison.Ordinal);
        Assert.DoesNotContain("lab0", await LinksAsync(server), StringComparison.Ordinal);
        Array.ForEach(processes, process => process.Dispose());
    }

    [Fact]
    public async Task Kill_OwnerOfAnEngine_NoProcessIsLeftAndTheNextRunRemovesItsFiles()
    {
        await using var owner = LabProcess.Start(LabExecutable.Command("hold", "--docker"));
        var held = await HeldAsync(owner);
        using var engine = ProcessHandle.TryOpen(held.Processes[2]);
        var root = Path.Combine(Path.GetTempPath(), "headstart-lab");
        var directory = Assert.Single(Directory.GetDirectories(root, $"docker-{owner.Id}-*"));
        var started = ProcessesNaming(directory);
        Assert.NotEmpty(started);

        owner.Kill();

        Assert.True(engine!.WaitForExit(TimeSpan.FromSeconds(10)));
        await owner.Exited;
        Assert.All(started, process => Assert.True(process.WaitForExit(TimeSpan.FromSeconds(10))));
        LabDirectory.Create("test").Dispose();
        Assert.False(Directory.Exists(directory));
        started.ForEach(process => process.Dispose());
    }

    [Fact]
    public async Task HoldCommand_InputEnds_EndsWithZero()
    {
        await using var owner = LabProcess.Start(LabExecutable.Command("hold"));
        await HeldAsync(owner);

        owner.StandardInput.Close();

        Assert.Equal(0, await owner.Exited.WaitAsync(s_patience));
    }

    private static async Task<HeldLab> HeldAsync(LabProcess owner) =>
        JsonSerializer.Deserialize<HeldLab>(await owner.WaitForLineAsync(line => line.StartsWith('{'), s_patience))!;

    private static async Task<string> LinksAsync(NetworkNamespace space) => (await space.ExecuteAsync("ip", "-o", "link")).ThrowIfFailed().Output;

    private static List<ProcessHandle> ProcessesNaming(string directory) =>
    [
        .. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName)
            .Where(name => int.TryParse(name, out _) && CommandLine(name!).Contains(directory, StringComparison.Ordinal))
            .Select(name => ProcessHandle.TryOpen(int.Parse(name!))).OfType<ProcessHandle>(),
    ];

    private static string CommandLine(string pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    }
}
