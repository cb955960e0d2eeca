using System.Diagnostics;
using Gateway.Lab;
using Gateway.Runtimes;
using Gateway.Runtimes.Engines.Gates;
using Xunit;

namespace Gateway.Tests.Runtimes.Engines;

/// <summary>The directories of the gates, without an engine: whether a place will do, and who waits at a pipe.</summary>
[SideBySide]
public sealed class GateDirectoriesTests : IDisposable
{
    private const string Key = "Gateway:Docker:Gate";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly LabDirectory _lab = LabDirectory.Create("gates");
    private readonly GateDirectories _gates;

    public GateDirectoriesTests() => _gates = new GateDirectories(_lab.File("root"), Key, TimeProvider.System);

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task WhyUnusable_NothingMayBeExecutedThere_SaysSo()
    {
        var place = _lab.File("noexec");
        Directory.CreateDirectory(place);
        await RunAsync("mount", "-t", "tmpfs", "-o", "noexec", "none", place);
        try
        {
            var why = new GateDirectories(Path.Combine(place, "root"), Key, TimeProvider.System).WhyUnusable;

            Assert.Equal($"{Key}: nothing in {place}/root may be executed (noexec); name a directory of this machine where programs may be", why);
        }
        finally
        {
            await RunAsync("umount", place);
        }
    }

    [Fact]
    public void WhyUnusable_IsAFile_SaysSo()
    {
        File.WriteAllText(_lab.File("root"), "");

        Assert.StartsWith($"{Key}: {_lab.File("root")} cannot be used (", _gates.WhyUnusable, StringComparison.Ordinal);
    }

    // What reads the pipe here is a shell.
    [Fact]
    public async Task Word_WhoWaits_GetsItAndNobodyElseDoes()
    {
        Assert.Null(_gates.WhyUnusable);
        var gate = _gates.Make();
        Assert.False(_gates.IsWaiting(gate));
        Assert.False(_gates.TryTell(gate));
        Assert.False(await _gates.AwaitAsync(gate, TimeSpan.FromMilliseconds(50), default));

        using var reader = Process.Start(new ProcessStartInfo("head", ["-c", "1", Path.Combine(_gates.PathOf(gate), "go")]) { RedirectStandardOutput = true })!;
        Assert.True(await _gates.AwaitAsync(gate, Patience, default));
        // One who has only looked has gone by now, which a reader that does not open the pipe anew takes for its end.
        await reader.WaitForExitAsync();
        using var next = Process.Start(new ProcessStartInfo("sh", ["-c", "exec 3<>\"$0\"; head -c 1 <&3", Path.Combine(_gates.PathOf(gate), "go")]) { RedirectStandardOutput = true })!;
        Assert.True(await _gates.AwaitAsync(gate, Patience, default));
        Assert.True(_gates.IsWaiting(gate));
        Assert.True(_gates.TryTell(gate));
        Assert.Equal("g", await next.StandardOutput.ReadToEndAsync());
    }

    [Fact]
    public void Word_PipeRemoved_IsAnErrorAndEnsureMakesItAgain()
    {
        var gate = _gates.Make();
        _gates.Made(gate, "container");
        Directory.Delete(_gates.PathOf(gate), recursive: true);

        Assert.False(_gates.CanTell(gate));
        Assert.StartsWith($"{Key}: ", Assert.Throws<RuntimeException>(() => _gates.TryTell(gate)).Message, StringComparison.Ordinal);
        _gates.Ensure(gate);
        Assert.True(_gates.CanTell(gate));
        Assert.False(_gates.TryTell(gate));
    }

    [Fact]
    public void Sweep_OfNobody_IsRemovedAndWhatIsBeingMadeIsNot()
    {
        var (kept, leftover) = (_gates.Make(), _gates.Make());
        _gates.Made(kept, "kept");
        _gates.Made(leftover, "gone");
        var making = _gates.Make();

        _gates.Sweep(_gates.Existing(), new Dictionary<string, string> { ["kept"] = kept });

        Assert.Equal([.. new[] { kept, making }.Order(StringComparer.Ordinal)], Directory.GetDirectories(_gates.Root).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
        _gates.RemoveOf("kept");
        Assert.False(_gates.CanTell(kept));
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments))!;
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }
}
