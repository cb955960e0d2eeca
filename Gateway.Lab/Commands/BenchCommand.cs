using System.Runtime.InteropServices;
using Gateway.Lab.Benchmarks;
using Gateway.Lab.Processes;
using Gateway.Lab.Reports;

namespace Gateway.Lab.Commands;

/// <summary>Measures one case, writes its results beside the earlier ones, and shows them.</summary>
internal static class BenchCommand
{
    /// <summary>128 + SIGINT, as a shell reports it.</summary>
    private const int Interrupted = 130;

    /// <summary>What is measured, and not what measures it.</summary>
    private static readonly string[] s_product = ["Gateway", "Gateway.Ebpf", "bpf", "samples", "Directory.Build.props", "Directory.Packages.props"];

    /// <returns>0 when it was measured, 1 when that was not possible, 2 for a wrong command line, 130 after Ctrl-C.</returns>
    public static async Task<int> RunAsync(string[] words)
    {
        var (arguments, error) = BenchArguments.Parse(words);
        if (arguments is null)
        {
            await Console.Error.WriteLineAsync(error);
            return 2;
        }

        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            await MeasureAsync(arguments, stop.Token);
            return 0;
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // The failure is a consequence of Ctrl-C, which the programs got too.
            await Console.Error.WriteLineAsync("\nbench: stopped; nothing was written");
            return Interrupted;
        }
        catch (LabException failure)
        {
            await Console.Error.WriteLineAsync($"\nbench: {failure.Message}");
            return 1;
        }

        void Stop(PosixSignalContext context)
        {
            // The first one ends the run in order; a second one ends the process, and what it started dies with it.
            context.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }
    }

    private static async Task MeasureAsync(BenchArguments arguments, CancellationToken cancellationToken)
    {
        var benchmark = BenchCases.Create(arguments.Case);
        var progress = new Progress(Console.Error, !Console.IsErrorRedirected, TimeProvider.System);
        var machine = await MachineReport.ReadAsync(arguments.Quick, benchmark.Programs);
        if (machine.Load > machine.Cores / 2.0)
        {
            progress.Say($"The machine is busy (load {machine.Load:0.0} on {machine.Cores} cores): the numbers will be worse than it can do.");
        }

        var folder = SourceTree.Path("benchmarks", "results");
        var commit = await CommitAsync();
        var earlier = arguments.NameFilter is null ? null : await ResultFiles.CellsToGoOnWithAsync(folder, arguments.Case, before => IsSameAsync(before, commit), machine);
        var run = new BenchRun(arguments.Quick, progress) { NameFilter = arguments.NameFilter, EarlierCells = earlier, Minutes = arguments.Minutes, Against = arguments.Against };
        var result = await benchmark.RunAsync(run, cancellationToken);
        var report = new BenchReport(arguments.Against is null ? arguments.Case : $"{arguments.Case}-against", commit, machine, result.Cells)
        {
            Command = arguments.Against is null ? arguments.Case : $"{arguments.Case} --against FOLDER",
        };
        var files = ResultFiles.Write(folder, report, result);
        progress.Say($"Written: {string.Join(", ", files.Select(file => Path.GetRelativePath(SourceTree.Root, file)))}");
        Console.WriteLine(arguments.Json ? report.ToJson() : result.Markdown);
    }

    private static async Task<string> CommitAsync()
    {
        // The results of earlier runs are in the tree too, and are no change to what was measured.
        var describe = await GitAsync("rev-parse", "--short=12", "HEAD");
        var status = await GitAsync("status", "--porcelain", "--", ".", ":!benchmarks/results", ":!docs");
        return describe.ExitCode == 0 ? describe.Output.Trim() + (status.Output.Length > 0 ? "-dirty" : "") : "unknown";
    }

    /// <summary>Returns whether the gateway and its functions are the same in two commits; false for a tree with changes.</summary>
    private static async Task<bool> IsSameAsync(string before, string now) =>
        Array.TrueForAll([before, now], commit => commit != "unknown" && !commit.EndsWith("-dirty", StringComparison.Ordinal))
        && (await GitAsync(["diff", "--quiet", before, now, "--", .. s_product])).ExitCode == 0;

    private static Task<CommandResult> GitAsync(params IReadOnlyList<string> arguments) => Command.ExecuteAsync(
        new LabProcessOptions { FileName = "git", Arguments = ["-c", $"safe.directory={SourceTree.Root}", "-C", SourceTree.Root, .. arguments] });
}
