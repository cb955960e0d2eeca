using Gateway.Lab.Hosts;
using Gateway.Lab.Processes;

namespace Gateway.Lab.Benchmarks.Soak;

/// <summary>Does to a gateway, at random, what happens to one: programs and containers die, functions are put to sleep, the configuration changes and breaks.</summary>
internal sealed class SoakFaults(GatewayProcess gateway, SoakFleet fleet, SoakTally tally)
{
    private readonly Dictionary<string, int> _done = new(StringComparer.Ordinal);
    private bool _extra;

    /// <summary>How often each fault was caused.</summary>
    public IReadOnlyDictionary<string, int> Done => _done;

    /// <summary>Causes a fault every second or so until it is told to stop.</summary>
    public async Task RunAsync(int seed, CancellationToken stop)
    {
        var random = new Random(seed);
        while (!stop.IsCancellationRequested)
        {
            var function = fleet.Names[random.Next(fleet.Names.Count)];
            var what = random.Next(5) switch
            {
                0 => await SleepAsync(function),
                1 => await WakeAsync(function),
                2 => Reload(),
                3 => Break(),
                _ => await KillAsync(function),
            };
            _done[what] = _done.GetValueOrDefault(what) + 1;
            // One after the other, so that each has its effect before the next.
            await Task.Delay(random.Next(500, 2_000), stop).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        gateway.UpdateSettings(fleet.Settings(extra: false));
    }

    private async Task<string> SleepAsync(string function)
    {
        using var answer = await gateway.Admin.PostAsync($"/api/functions/{function}/sleep", content: null);
        return "put to sleep";
    }

    private async Task<string> WakeAsync(string function)
    {
        using var answer = await gateway.Admin.PostAsync($"/api/functions/{function}/wake", content: null);
        return "woken";
    }

    private string Reload()
    {
        _extra = !_extra;
        gateway.UpdateSettings(fleet.Settings(_extra));
        return "reloads";
    }

    // The gateway keeps the last good configuration.
    private string Break()
    {
        File.WriteAllText(Path.Combine(gateway.ContentRoot, "appsettings.json"), "{ \"Gateway\": ");
        return "broken configurations";
    }

    private async Task<string> KillAsync(string function)
    {
        var status = (await gateway.FunctionsAsync()).FirstOrDefault(one => one.Name == function);
        if (status is null || status.Instances.Count == 0 || !function.StartsWith("process", StringComparison.Ordinal)
            || status.Instances[0].GetProperty("endpoint").GetString()?.Split(':')[^1] is not { } port || ProgramOf(port) is not { } program)
        {
            return "found nothing to kill";
        }

        using var handle = program;
        tally.NoteEnd(function);
        handle.Kill();
        handle.WaitForExit(TimeSpan.FromSeconds(5));
        tally.NoteEnd(function);
        return "programs killed";
    }

    // A program is in its gateway's cgroup, and gets its port in its environment (proc_pid_environ(5)).
    private ProcessHandle? ProgramOf(string port)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            try
            {
                if (int.TryParse(Path.GetFileName(folder), out var pid) && File.ReadAllText($"{folder}/cgroup").Contains($"/headstart-{gateway.ProcessId}/", StringComparison.Ordinal)
                    && File.ReadAllText($"{folder}/environ").Split('\0').Contains($"PORT={port}"))
                {
                    return ProcessHandle.TryOpen(pid);
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // It has ended.
            }
        }

        return null;
    }
}
