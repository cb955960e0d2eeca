using System.Diagnostics;

namespace Gateway.Tests.Stamp;

/// <summary>headstart-stamp as users run it: the built program with a command behind it.</summary>
internal sealed class StampedCommand : IDisposable
{
    /// <summary>The program in its own build output. Beside the tests it would lack assemblies that they have from ASP.NET Core.</summary>
    public static readonly string Program = Path.Combine(
        AppContext.BaseDirectory.Replace("/Gateway.Tests/", "/Gateway.Stamp/", StringComparison.Ordinal), "headstart-stamp");

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _errors;

    public StampedCommand(params string[] arguments)
    {
        var start = new ProcessStartInfo(Program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        _process = Process.Start(start)!;
        _output = _process.StandardOutput.ReadToEndAsync();
        _errors = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>The id of the process, which is first headstart-stamp and then the command.</summary>
    public int Id => _process.Id;

    /// <summary>A process that waits, with its own name, in the cgroup.</summary>
    public static StampedCommand Waiting() => new("--to", "*:443=hello", "--", "sleep", "1000");

    public void Kill() => _process.Kill();

    /// <summary>
    /// Waits until the command and its guard have gone: the guard keeps standard error open until all is cleaned up, but for its own end.
    /// </summary>
    public async Task<(int ExitCode, string Output, string Errors)> WaitForEndAsync()
    {
        var (output, errors) = (await _output, await _errors);
        await _process.WaitForExitAsync();
        return (_process.ExitCode, output, errors);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
