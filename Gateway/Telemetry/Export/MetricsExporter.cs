using Gateway.Configuration;
using Prometheus;

namespace Gateway.Telemetry.Export;

/// <summary>Sends the metrics to a collector for as long as the configuration names one, and once more when it is disposed, within <see cref="LastSend"/>.</summary>
internal sealed class MetricsExporter(CollectorRegistry registry, string gateway, TimeProvider time, ILogger<MetricsExporter> logger) : IAsyncDisposable
{
    /// <summary>How long the end of the gateway waits for a collector.</summary>
    private static readonly TimeSpan LastSend = TimeSpan.FromSeconds(2);

    private readonly OtlpMetrics _metrics = new(registry, gateway, time);
    private readonly Lock _gate = new();
    private MetricsExportOptions _options = new();
    private CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private bool _isDisposed;

    /// <summary>Takes what the configuration says. What was going on before ends first.</summary>
    public void Update(MetricsExportOptions options)
    {
        lock (_gate)
        {
            if (options == _options || _isDisposed)
            {
                return;
            }

            _options = options;
            _stop.Cancel();
            _stop.Dispose();
            _stop = new CancellationTokenSource();
            _running = RunAsync(_running, options, _stop.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
        }

        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        if (_options.Endpoint is not null)
        {
            await SendLastAsync();
        }
    }

    private async Task RunAsync(Task before, MetricsExportOptions options, CancellationToken stop)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        if (options.Endpoint is null)
        {
            return;
        }

        using var sender = new OtlpSender(options, time);
        var collector = new CollectorAddress(options.Endpoint);
        var isFailing = false;
        try
        {
            while (true)
            {
                var began = time.GetTimestamp();
                var failure = await TryExportAsync(sender, stop);
                if (failure is not null && !isFailing)
                {
                    TelemetryLog.MetricsNotTaken(logger, collector, failure.Message, options.Every);
                }
                else if (failure is null && isFailing)
                {
                    TelemetryLog.MetricsTakenAgain(logger, collector);
                }

                isFailing = failure is not null;
                var pause = options.Every - time.GetElapsedTime(began);
                // The collector may want to be left alone for longer.
                pause = failure?.RetryAfter is { } wanted && wanted > pause ? wanted : pause;
                await Task.Delay(pause > TimeSpan.Zero ? pause : TimeSpan.Zero, time, stop);
            }
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // It is turned off, or the gateway ends.
        }
    }

    private async Task<ExportException?> TryExportAsync(OtlpSender sender, CancellationToken stop)
    {
        try
        {
            await sender.SendAsync(await _metrics.CollectAsync(stop), stop);
            return null;
        }
        catch (ExportException failure)
        {
            return failure;
        }
        catch (Exception error) when (!stop.IsCancellationRequested)
        {
            return new ExportException($"they cannot be collected: {error.Message}", error);
        }
    }

    private async Task SendLastAsync()
    {
        using var sender = new OtlpSender(_options, time);
        try
        {
            await sender.SendOnceAsync(await _metrics.CollectAsync(CancellationToken.None), LastSend, CancellationToken.None);
        }
        catch (Exception error)
        {
            TelemetryLog.LastMetricsLost(logger, new CollectorAddress(_options.Endpoint!), error.Message);
        }
    }
}
