using System.Text.Json;

namespace Gateway.Idle;

/// <summary>
/// Keeps what the policy has learned over restarts. The file is written under another name and then renamed, some seconds after something was
/// learned and at the gateway's end, never while anybody waits.
/// </summary>
internal sealed class StateFile : IDisposable
{
    /// <summary>The time from a change to the file. A gateway that is killed loses at most what it learned in that time.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    private readonly RestPolicy _policy;
    private readonly string? _path;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly Lock _write = new();
    private int _changed;
    private bool _failed;

    /// <param name="policy">A policy that has learned nothing yet.</param>
    /// <param name="path">The absolute path; null if nothing is kept.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Is told of files that cannot be read or written.</param>
    public StateFile(RestPolicy policy, string? path, TimeProvider time, ILogger logger)
    {
        (_policy, _path, _logger) = (policy, path, logger);
        _timer = time.CreateTimer(_ => Write(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _policy.Learned += OnLearned;
    }

    /// <summary>Finds the path of the file: the configured one, else one in the state directory that systemd gives, else one in the content root.</summary>
    /// <param name="variable">Reads a variable of the environment.</param>
    /// <param name="contentRoot">The absolute path of the content root.</param>
    /// <param name="configured"><c>Gateway:State:Path</c>, relative to the content root; empty if nothing is kept.</param>
    public static string? Locate(string? configured, Func<string, string?> variable, string contentRoot) => configured switch
    {
        "" => null,
        { } path => Path.GetFullPath(path, contentRoot),
        // StateDirectory= of systemd.exec(5) may be several directories, separated by colons.
        _ when variable("STATE_DIRECTORY") is { Length: > 0 } directories => Path.Combine(directories.Split(':')[0], "headstart.json"),
        _ => Path.Combine(contentRoot, "headstart.state.json"),
    };

    /// <summary>Reads what a gateway before this one learned. A damaged file is logged, and replaced by the next write.</summary>
    public void Load()
    {
        if (_path is null || !File.Exists(_path))
        {
            return;
        }

        try
        {
            using var stream = File.OpenRead(_path);
            var model = JsonSerializer.Deserialize(stream, StateJson.Default.StateModel) ?? throw new InvalidDataException("it is empty");
            StateMapping.Restore(_policy, model);
            IdleLog.Loaded(_logger, _path, model.Functions.Count);
        }
        catch (Exception error) when (error is JsonException or InvalidDataException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            IdleLog.Damaged(_logger, _path, error.Message);
        }
    }

    public void Dispose()
    {
        _policy.Learned -= OnLearned;
        _timer.Dispose();
        Write();
    }

    private void OnLearned(object? sender, EventArgs e)
    {
        if (_path is not null && Interlocked.Exchange(ref _changed, 1) == 0)
        {
            _timer.Change(Quiet, Timeout.InfiniteTimeSpan);
        }
    }

    private void Write()
    {
        if (Interlocked.Exchange(ref _changed, 0) == 0)
        {
            return;
        }

        lock (_write)
        {
            try
            {
                WriteAside(_path!);
                _failed = false;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // A full disk stays full, so the failure is logged once until a write succeeds again.
                if (!_failed)
                {
                    IdleLog.NotWritten(_logger, _path!, error.Message);
                }

                _failed = true;
            }
        }
    }

    private void WriteAside(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var aside = path + ".new";
        using (var stream = File.Create(aside))
        {
            JsonSerializer.Serialize(stream, StateMapping.ToModel(_policy), StateJson.Default.StateModel);
            stream.Flush(flushToDisk: true);
        }

        File.Move(aside, path, overwrite: true);
    }
}
