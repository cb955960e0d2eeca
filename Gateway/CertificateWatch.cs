using Gateway.Configuration;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;

namespace Gateway;

/// <summary>
/// Logs when the file of a certificate changes and cannot be used any more. Kestrel follows the files by itself, keeps the certificate that it
/// has in this case, and logs nothing.
/// </summary>
internal sealed class CertificateWatch(ConfigurationMonitor monitor, IConfiguration configuration, IHostEnvironment environment, TimeProvider time, ILogger<CertificateWatch> logger)
    : IHostedService, IDisposable
{
    /// <summary>The time from a change to the check. A certificate and its key are two files, which are written one after the other.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private List<IDisposable> _watched = [];
    private IDisposable? _subscription;
    private ITimer? _timer;
    private string? _logged;
    private bool _ended;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _timer = time.CreateTimer(_ => Judge(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _subscription = monitor.OnChange((_, _) => Watch());
        Watch();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _ended = true;
            _subscription?.Dispose();
            _timer?.Dispose();
            Replace([]);
        }
    }

    // A changed configuration may name other files.
    private void Watch()
    {
        lock (_gate)
        {
            if (_ended)
            {
                return;
            }

            List<IDisposable> watched = [];
            foreach (var folder in CertificateErrors.Files(configuration, environment.ContentRootPath).GroupBy(path => Path.GetDirectoryName(path)!, StringComparer.Ordinal))
            {
                if (!Directory.Exists(folder.Key))
                {
                    continue;
                }

                var files = new PhysicalFileProvider(folder.Key, Microsoft.Extensions.FileProviders.Physical.ExclusionFilters.None);
                watched.Add(files);
                watched.AddRange(folder.Select(path => ChangeToken.OnChange(() => files.Watch(Path.GetFileName(path)), OnChange)));
            }

            Replace(watched);
        }
    }

    private void Replace(List<IDisposable> watched)
    {
        // Subscriptions are disposed of before their providers.
        Enumerable.Reverse(_watched).ToList().ForEach(one => one.Dispose());
        _watched = watched;
    }

    private void OnChange() => _timer?.Change(Quiet, Timeout.InfiniteTimeSpan);

    private void Judge()
    {
        var sentence = CertificateErrors.Find(configuration, environment.ContentRootPath);
        if (sentence is not null && sentence != _logged)
        {
            HostLog.CertificateUnusable(logger, sentence);
        }
        else if (sentence is null && _logged is not null)
        {
            HostLog.CertificateGoodAgain(logger);
        }

        _logged = sentence;
    }
}
