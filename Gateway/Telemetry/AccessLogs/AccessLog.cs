using System.Buffers;
using System.Threading.Channels;
using Gateway.Configuration;
using Prometheus;

namespace Gateway.Telemetry.AccessLogs;

/// <summary>
/// Writes requests to the access log. No request waits for it: entries that the disk is too slow for are dropped and counted. The configuration in use says where to
/// write, so a reload takes effect with the next line.
/// </summary>
internal sealed class AccessLog : IAsyncDisposable
{
    /// <summary>How many entries may wait to be written.</summary>
    private const int MostWaiting = 8192;

    /// <summary>How long the end of the gateway waits for what is to be written.</summary>
    private static readonly TimeSpan s_lastWrite = TimeSpan.FromSeconds(2);

    private readonly Channel<AccessLogEntry> _entries = Channel.CreateBounded<AccessLogEntry>(
        new BoundedChannelOptions(MostWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly Func<AccessLogOptions> _options;
    private readonly AccessLogTarget _target;
    private readonly Counter _dropped;
    private readonly ILogger<AccessLog> _logger;
    private readonly Lock _gate = new();
    private readonly ArrayBufferWriter<byte> _lines = new();
    private readonly TimeProvider _time;

    // A line at once, and none for those that follow soon, which are counted.
    private readonly RepeatedLines<string> _failures;
    private Task? _writing;

    /// <param name="options">Reads the options in use.</param>
    /// <param name="contentRoot">The folder at which relative paths begin.</param>
    /// <param name="registry">Where what was dropped is counted.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Is told when the log cannot be written.</param>
    public AccessLog(Func<AccessLogOptions> options, string contentRoot, CollectorRegistry registry, TimeProvider time, ILogger<AccessLog> logger)
    {
        (_options, _logger, _time, _target) = (options, logger, time, new AccessLogTarget(contentRoot));
        _failures = new RepeatedLines<string>(time, 1, static (_, _, _) => { });
        _dropped = Metrics.WithCustomRegistry(registry).CreateCounter("gateway_access_log_dropped_total", "Lines of the access log that could not be written.");
    }

    /// <summary>Whether anything is written at all.</summary>
    public bool IsOn => _options().Path is not null;

    /// <summary>Returns whether a request is to be written.</summary>
    /// <param name="isNotable">Whether it is written whatever the sample.</param>
    public bool Wants(bool isNotable) => isNotable || (_options().Sample is var sample && (sample >= 1 || Random.Shared.NextDouble() < sample));

    /// <summary>Adds an entry, which is written soon.</summary>
    public void Add(AccessLogEntry entry)
    {
        if (!_entries.Writer.TryWrite(entry))
        {
            _dropped.Inc();
            return;
        }

        if (Volatile.Read(ref _writing) is null)
        {
            lock (_gate)
            {
                _writing ??= Task.Run(WriteAsync);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _entries.Writer.TryComplete();
        if (_writing is { } writing)
        {
            // Whoever reads the standard output may have stopped, and a disk may be away.
            await Task.WhenAny(writing, Task.Delay(s_lastWrite, _time));
            if (!writing.IsCompleted)
            {
                return;
            }
        }

        _target.Dispose();
        _failures.Dispose();
    }

    private async Task WriteAsync()
    {
        while (await _entries.Reader.WaitToReadAsync())
        {
            var options = _options();
            var count = 0;
            while (_lines.WrittenCount < AccessLogTarget.LargestWrite && _entries.Reader.TryRead(out var entry))
            {
                AccessLogFormats.Write(entry, options.Format, _lines);
                count++;
            }

            try
            {
                // It may have been switched off while the entries waited.
                if (options.Path is { } path)
                {
                    await _target.WriteAsync(path, _lines.WrittenMemory);
                }
                else
                {
                    _target.Dispose();
                }
            }
            catch (IOException error)
            {
                _dropped.Inc(count);
                if (_failures.IsFirst(options.Path!, options.Path!))
                {
                    TelemetryLog.AccessLogFailed(_logger, options.Path!, error.Message);
                }
            }

            _lines.ResetWrittenCount();
        }
    }
}
