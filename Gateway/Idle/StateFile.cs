using System.Text.Json;

namespace Gateway.Idle;

/// <summary>
/// Keeps what the policy has learned over restarts: written aside and put in place as a whole, some seconds after it
/// changed and at the gateway's end, never while anybody waits.
/// </summary>
internal sealed class StateFile : IDisposable
{
    /// <summary>From a change to the file: what a killed gateway forgets at most.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    private readonly RestPolicy _policy;
    private readonly string? _path;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly Lock _write = new();
    private int _changed;
    private bool _failed;

    /// <param name="policy">A policy that has learned nothing yet.</param>
    /// <param name="path">Null: nothing is kept.</param>
    public StateFile(RestPolicy policy, string? path, TimeProvider time, ILogger logger)
    {
        (_policy, _path, _logger) = (policy, path, logger);
        _timer = time.CreateTimer(_ => Write(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _policy.Learned += OnLearned;
    }

    /// <summary>Where the state is by default, as systemd and the XDG base directories have it, else in the content root.</summary>
    /// <param name="variable">Reads the environment.</param>
    /// <param name="contentRoot">Absolute.</param>
    /// <param name="configured"><c>Gateway:State:Path</c>: relative to the content root; an empty text: nothing is kept.</param>
    public static string? Locate(string? configured, Func<string, string?> variable, string contentRoot) => configured switch
    {
        "" => null,
        { } path => Path.GetFullPath(path, contentRoot),
        // systemd.exec(5), StateDirectory=: may be several, with colons between.
        _ when variable("STATE_DIRECTORY") is { Length: > 0 } directories => Path.Combine(directories.Split(':')[0], "headstart.json"),
        _ => Path.Combine(contentRoot, "headstart.state.json"),
    };

    /// <summary>Reads what a gateway before this one learned. A damaged file is told of once, and replaced with the next write.</summary>
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
                // A full disk stays full: told once, until a write has succeeded again.
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
