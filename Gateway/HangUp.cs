using System.Runtime.InteropServices;
using Gateway.Configuration;
using Gateway.Restart;

namespace Gateway;

/// <summary>
/// SIGHUP, by which somebody asks for the configuration to be read again (systemctl reload). The kernel sends it too to what runs in a terminal that is closed: then the gateway ends.
/// </summary>
internal sealed partial class HangUp : IDisposable
{
    private readonly ConfigurationMonitor _monitor;
    private readonly ServiceStatus _status;
    private readonly ConfigurationFollower _follower;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ILogger _logger;
    private readonly int[] _terminals = [.. Enumerable.Range(0, 3).Where(static descriptor => isatty(descriptor) == 1)];
    private readonly PosixSignalRegistration _signal;
    private readonly Lock _gate = new();
    private Task _last = Task.CompletedTask;

    public HangUp(IServiceProvider services, ConfigurationFollower follower, ILogger logger)
    {
        _monitor = services.GetRequiredService<ConfigurationMonitor>();
        _status = services.GetRequiredService<ServiceStatus>();
        _lifetime = services.GetRequiredService<IHostApplicationLifetime>();
        (_follower, _logger) = (follower, logger);
        _signal = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal);
    }

    public void Dispose() => _signal.Dispose();

    private void OnSignal(PosixSignalContext context)
    {
        // Else it would end the process.
        context.Cancel = true;
        // One that is closed answers nothing any more (hung_up_tty_fops of the kernel's drivers/tty/tty_io.c).
        if (_terminals.Any(static descriptor => isatty(descriptor) == 0))
        {
            _lifetime.StopApplication();
            return;
        }

        lock (_gate)
        {
            _last = ReadAsync(_last);
        }
    }

    private async Task ReadAsync(Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            _status.BeginReading();
            try
            {
                HostLog.ReadAgain(_logger, await ReadAsync());
            }
            finally
            {
                // Else the manager would wait for it, and take no other reload.
                _status.EndReading();
            }
        }
        catch (Exception error)
        {
            // The next signal is to be heard.
            HostLog.NotReadAgain(_logger, error);
        }
    }

    private async Task<string> ReadAsync()
    {
        var outcome = _monitor.ReadAgain();
        await _follower.WhenDoneAsync();
        // What was good may have been taken back meanwhile, because a part of the gateway could not follow.
        var isInUse = _monitor.State.Errors.Count == 0;
        return outcome switch
        {
            ReloadOutcome.Applied when isInUse => "it is in use",
            ReloadOutcome.Unchanged when isInUse => "it says what is in use",
            ReloadOutcome.Rejected => "it is wrong, and the one before stays in use",
            _ => "it could not be put in use, and the one before is",
        };
    }

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int isatty(int descriptor);
}
