using System.ComponentModel;
using System.Text;

namespace Gateway.Runtimes.Process;

/// <summary>Runs the health check of a program that has begun to listen, as the same user and within the same limits, until it has passed.</summary>
internal sealed partial class ProcessInstance
{
    /// <summary>How much of what a check says is told.</summary>
    private const int MostWords = 2048;

    /// <summary>A check is a program of this machine, which takes some milliseconds itself.</summary>
    private static readonly TimeSpan FirstHealthPause = TimeSpan.FromMilliseconds(5);

    private static readonly TimeSpan LongestHealthPause = TimeSpan.FromSeconds(1);

    /// <summary>The time after which a check has failed, which is Docker's default (moby, daemon/health.go: defaultProbeTimeout).</summary>
    private static readonly TimeSpan HealthTimeout = TimeSpan.FromSeconds(30);

    /// <summary>How long the words of a check that has ended are waited for. A process that it left behind may keep its output open.</summary>
    private static readonly TimeSpan WordsTimeout = TimeSpan.FromMilliseconds(100);

    private volatile string? _unhealthy;

    public string? Unhealthy => _unhealthy;

    public async Task HealthyAsync(CancellationToken cancellationToken)
    {
        if (_run.HealthCheck is not { } check)
        {
            return;
        }

        _unhealthy = "it has not ended yet";
        var longest = check.Interval ?? LongestHealthPause;
        for (var pause = FirstHealthPause; !await PassesAsync(check, cancellationToken); pause = pause * 2 < longest ? pause * 2 : longest)
        {
            await Task.Delay(pause, _time, cancellationToken);
        }

        _unhealthy = null;
    }

    private async Task<bool> PassesAsync(HealthCheckOptions check, CancellationToken cancellationToken)
    {
        var timeout = check.Timeout ?? HealthTimeout;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        IReadOnlyList<string> command = check.Test[0] == "CMD-SHELL" ? ["/bin/sh", "-c", check.Test[1]] : [.. check.Test.Skip(1)];
        using var process = new System.Diagnostics.Process
        {
            StartInfo = ProcessStart.Describe(_run with { Command = command }, _site.User, _site.WorkingDirectory, _directory, _joined, Endpoint!.Port),
        };
        try
        {
            process.Start();
            process.StandardInput.Close();
            var words = Task.WhenAll(WordsAsync(process.StandardOutput), WordsAsync(process.StandardError));
            await process.WaitForExitAsync(limit.Token);
            await Task.WhenAny(words, Task.Delay(WordsTimeout, _time, cancellationToken));
            var said = words.IsCompletedSuccessfully ? string.Concat(await words).Trim() : "";
            _unhealthy = $"it ended with exit code {process.ExitCode}{(said.Length == 0 ? "" : $" and said: {said}")}";
            return process.ExitCode == 0;
        }
        catch (OperationCanceledException)
        {
            End(process);
            cancellationToken.ThrowIfCancellationRequested();
            _unhealthy = $"it did not end within {timeout.TotalSeconds:0.###} s";
            return false;
        }
        catch (Win32Exception error)
        {
            _unhealthy = $"the system could not start it: {error.Message}";
            return false;
        }
    }

    private static void End(System.Diagnostics.Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is Win32Exception or InvalidOperationException or AggregateException)
        {
            // It ends with the instance's processes, at the latest.
        }
    }

    // It reads on after that, so that the check is not stopped by a full pipe.
    private static async Task<string> WordsAsync(StreamReader reader)
    {
        var (words, buffer) = (new StringBuilder(), new char[MostWords]);
        while (await reader.ReadAsync(buffer) is > 0 and var read)
        {
            words.Append(buffer, 0, Math.Min(read, MostWords - words.Length));
        }

        return words.ToString();
    }
}
