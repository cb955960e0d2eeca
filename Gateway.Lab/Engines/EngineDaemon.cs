using System.Globalization;
using Gateway.Lab.Processes;

namespace Gateway.Lab.Engines;

/// <summary>An engine's processes: the first one of a PID namespace and all that it started, which end with it.</summary>
internal sealed class EngineDaemon(string name, LabProcessOptions options) : IAsyncDisposable
{
    private readonly LabProcess _process = LabProcess.Start(options);

    public int Id => _process.Id;

    /// <summary>It listens early and answers when it is done with starting: once connected, one request waits for that.</summary>
    /// <exception cref="LabException">It is not there or did not answer in time; holds its last lines.</exception>
    public async Task WaitUntilReadyAsync(HttpClient api, TimeSpan timeout)
    {
        using var limit = new CancellationTokenSource(timeout, TimeProvider.System);
        var ready = Retry.UntilConnectedAsync(token => api.GetStringAsync("_ping", token), limit.Token);
        await Task.WhenAny(ready, _process.Exited);
        if (!ready.IsCompletedSuccessfully)
        {
            await limit.CancelAsync();
            var what = _process.Exited.IsCompleted ? $"ended with {await _process.Exited} while starting" : $"did not answer in {timeout}";
            throw new LabException($"{name} {what} (is it installed, and is this root?){_process.LastLines()}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        KillTree();
        await _process.DisposeAsync();
    }

    /// <summary>Kills the PID namespace's first process: its end means that all others have ended (pid_namespaces(7)).</summary>
    public void KillTree()
    {
        try
        {
            var children = File.ReadAllText($"/proc/{_process.Id}/task/{_process.Id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            foreach (var child in children)
            {
                using var handle = ProcessHandle.TryOpen(int.Parse(child, CultureInfo.InvariantCulture));
                handle?.Kill();
                handle?.WaitForExit(TimeSpan.FromSeconds(10));
            }
        }
        catch (IOException)
        {
            // It has ended already.
        }
    }
}
