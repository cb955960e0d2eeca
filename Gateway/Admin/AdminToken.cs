using System.Security.Cryptography;
using System.Text;
using Gateway.Configuration;
using Microsoft.Extensions.Primitives;

namespace Gateway.Admin;

/// <summary>
/// The bearer token of the admin endpoint, from the configuration or from a file that is followed. If the file cannot be used any more, the token
/// that was read last stays in use.
/// </summary>
internal sealed class AdminToken : IDisposable
{
    /// <summary>How long the file's folder has to be quiet before the file is read again, because it may be written in several steps.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(200);

    /// <summary>RFC 6750, section 2.1. The name of a scheme may be in any case (RFC 9110, section 11.1).</summary>
    private const string Scheme = "Bearer ";

    private readonly Lock _gate = new();
    private readonly string _contentRoot;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly IDisposable _subscription;
    private AdminOptions _options;
    private FileSystemWatcher? _watcher;
    private byte[]? _hash;
    private CancellationTokenSource _replaced = new();
    private string? _refused;
    private bool _ended;

    public AdminToken(ConfigurationMonitor configuration, IHostEnvironment environment, TimeProvider time, ILogger<AdminToken> logger)
    {
        (_contentRoot, _logger, _options) = (environment.ContentRootPath, logger, configuration.Current.Admin);
        _timer = time.CreateTimer(_ => ReadAgain(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _subscription = configuration.OnChange((before, now) =>
        {
            if (before.Admin != now.Admin)
            {
                Use(now.Admin);
            }
        });
        Use(_options);
    }

    /// <summary>Gets a token that is cancelled when the bearer token that is accepted now is accepted no more.</summary>
    public CancellationToken Replaced => Volatile.Read(ref _replaced).Token;

    /// <summary>Returns whether a request's <c>Authorization</c> has the token. How long that takes does not depend on how much of it is right.</summary>
    public bool Accepts(StringValues authorization)
    {
        if (authorization is not [{ } value] || Volatile.Read(ref _hash) is not { } expected
            || !value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || value.Length - Scheme.Length > AdminReader.LongestToken)
        {
            return false;
        }

        return CryptographicOperations.FixedTimeEquals(Hash(value[Scheme.Length..].Trim()), expected);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _ended = true;
            _subscription.Dispose();
            _timer.Dispose();
            _watcher?.Dispose();
            _replaced.Dispose();
        }
    }

    private void Use(AdminOptions options)
    {
        lock (_gate)
        {
            if (_ended)
            {
                return;
            }

            (_options, _refused) = (options, null);
            _watcher?.Dispose();
            _watcher = null;
            if (options.TokenFile is not { } file)
            {
                Accept(options.Token is { } token ? Hash(token) : null);
                return;
            }

            // The whole folder is watched, since a secret that is mounted changes by the rename of a symbolic link beside it.
            _watcher = new FileSystemWatcher(Path.GetDirectoryName(Path.GetFullPath(file, _contentRoot))!) { NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.CreationTime };
            _watcher.Changed += OnFile;
            _watcher.Created += OnFile;
            _watcher.Renamed += OnFile;
            _watcher.EnableRaisingEvents = true;
            ReadLocked(Path.GetFullPath(file, _contentRoot));
        }
    }

    private void OnFile(object sender, FileSystemEventArgs e) => _timer.Change(Quiet, Timeout.InfiniteTimeSpan);

    private void ReadAgain()
    {
        lock (_gate)
        {
            if (!_ended && _options.TokenFile is { } file)
            {
                ReadLocked(Path.GetFullPath(file, _contentRoot));
            }
        }
    }

    private void ReadLocked(string file)
    {
        var (token, refused) = TokenFile.Read(file);
        if (token is not null)
        {
            var hash = Hash(token);
            _refused = null;
            if (Accept(hash))
            {
                AdminLog.TokenChanged(_logger, file);
            }
        }
        else if (refused != _refused)
        {
            _refused = refused;
            AdminLog.TokenUnusable(_logger, file, refused!);
        }
    }

    // Returns whether another token was accepted before. What was opened with that one ends, on another thread.
    private bool Accept(byte[]? hash)
    {
        var before = _hash;
        Volatile.Write(ref _hash, hash);
        if (before is null || hash.AsSpan().SequenceEqual(before))
        {
            return false;
        }

        _ = Interlocked.Exchange(ref _replaced, new CancellationTokenSource()).CancelAsync();
        return true;
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
