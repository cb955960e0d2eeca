using System.Diagnostics;
using Gateway.Lab.Native;

namespace Gateway.Lab.Processes;

/// <summary>
/// A child process that ends with this one, even by SIGKILL, optionally in a network namespace. That holds only for the child
/// itself: it has to end its own children, or be started in a PID namespace.
/// </summary>
public sealed class LabProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ProcessHandle? _handle;
    private readonly ProcessOutput _output = new();
    private readonly ProcessOutput _standardOutput = new();

    private LabProcess(Process process, string description)
    {
        _process = process;
        _handle = ProcessHandle.TryOpen(process.Id);
        Id = process.Id;
        Description = description;
        Exited = RunAsync();
    }

    public int Id { get; }

    /// <summary>The command, for messages.</summary>
    public string Description { get; }

    /// <summary>Everything it wrote so far, standard output and error in order of arrival.</summary>
    public IReadOnlyList<string> Lines => _output.Lines;

    /// <summary>What it wrote to standard output so far.</summary>
    public IReadOnlyList<string> StandardOutput => _standardOutput.Lines;

    public StreamWriter StandardInput => _process.StandardInput;

    /// <summary>
    /// The exit code, once it has ended and its output is read; 128 + n after signal n. Output that a grandchild keeps
    /// open is waited for one second.
    /// </summary>
    public Task<int> Exited { get; }

    /// <exception cref="LabException">setpriv or nsenter (util-linux) cannot be run. A program that is not there ends with 127.</exception>
    public static LabProcess Start(LabProcessOptions options)
    {
        var info = new ProcessStartInfo("setpriv", Arguments(options))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = options.WorkingDirectory ?? "",
        };
        foreach (var (name, value) in options.Environment)
        {
            info.Environment[name] = value;
        }

        try
        {
            return new LabProcess(ProcessLauncher.Start(info), $"{options.FileName} {string.Join(' ', options.Arguments)}".TrimEnd());
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new LabException($"Cannot start {options.FileName} through setpriv: {exception.Message}; install util-linux", exception);
        }
    }

    /// <summary>Waits for a line that matches, among those already written too.</summary>
    /// <exception cref="LabException">The process ended, or <paramref name="timeout"/> passed, without one; holds its last lines.</exception>
    public async Task<string> WaitForLineAsync(Predicate<string> matches, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        try
        {
            var line = await _output.FindAsync(matches).WaitAsync(timeout, TimeProvider.System, cancellationToken);
            return line ?? throw new LabException($"{Description} ended with {await Exited} before it wrote the line waited for.{LastLines()}");
        }
        catch (TimeoutException exception)
        {
            throw new LabException($"{Description} did not write the line waited for in {timeout}.{LastLines()}", exception);
        }
    }

    /// <summary>Sends SIGTERM, if the process has not ended.</summary>
    public void Terminate() => _handle?.Signal(LibC.SIGTERM);

    /// <summary>Sends SIGKILL, if the process has not ended.</summary>
    public void Kill() => _handle?.Kill();

    /// <summary>The last lines it wrote, for a message.</summary>
    public string LastLines(int count = 20) => string.Concat(Lines.TakeLast(count).Select(line => $"\n  {line}"));

    /// <summary>Ends it if it runs, and waits till it is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        Kill();
        await Exited;
        _handle?.Dispose();
        _process.Dispose();
    }

    private static List<string> Arguments(LabProcessOptions options)
    {
        List<string> arguments = ["--pdeathsig", "KILL", "--"];
        if (options.Namespace is { } space)
        {
            arguments.AddRange(["nsenter", $"--net={space.Path}", "--"]);
        }

        if (options.Cores is { } cores)
        {
            arguments.AddRange(["taskset", "--cpu-list", cores]);
        }

        if (options.MaxOpenFiles is { } files)
        {
            arguments.AddRange(["prlimit", $"--nofile={files}:{files}", "--"]);
        }

        return [.. arguments, options.FileName, .. options.Arguments];
    }

    private async Task<int> RunAsync()
    {
        var output = Task.WhenAll(PumpAsync(_process.StandardOutput, _output, _standardOutput), PumpAsync(_process.StandardError, _output));
        await _process.WaitForExitAsync();
        await Task.WhenAny(output, Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System));
        _output.End();
        return _process.ExitCode;
    }

    private static async Task PumpAsync(StreamReader reader, params ProcessOutput[] outputs)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            Array.ForEach(outputs, output => output.Add(line));
        }
    }
}
