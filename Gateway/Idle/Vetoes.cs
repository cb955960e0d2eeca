using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Telemetry;

namespace Gateway.Idle;

/// <summary>Asks the vetoes of functions: the instance by HTTP, the file system, the processor time of its cgroup, or a command.</summary>
internal sealed class Vetoes(CpuVeto cpu, CommandVeto commands, GatewayMetrics metrics, TimeProvider time, ILogger<Vetoes> logger) : IVetoes, IDisposable
{
    private readonly CancellationTokenSource _ended = new();

    // The vetoes that could not be asked the last time, which has been told. They go with the configuration that they are in.
    private readonly ConditionalWeakTable<VetoOptions, object> _failed = [];

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.Zero,
        ActivityHeadersPropagator = null,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public async Task<VetoAnswer?> AskAsync(Function function, FunctionInstance instance)
    {
        foreach (var veto in function.Options.Idle.Vetoes)
        {
            if (await AskAsync(veto, function, instance) is { } answer)
            {
                return answer;
            }
        }

        return null;
    }

    public void Dispose()
    {
        _ended.Cancel();
        _http.Dispose();
        _ended.Dispose();
    }

    private async Task<VetoAnswer?> AskAsync(VetoOptions veto, Function function, FunctionInstance instance)
    {
        string? busy;
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token);
            await using var timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), limit, veto.Timeout, Timeout.InfiniteTimeSpan);
            busy = await FindAsync(veto, function, instance, limit.Token);
        }
        catch (Exception error)
        {
            Count(function, "Failed");
            // A function must not run for ever because of a question that nobody can answer.
            if (_failed.TryAdd(veto, veto) && !function.IsRetired)
            {
                IdleLog.VetoFailed(logger, function.Name, veto.Name, error is OperationCanceledException ? $"no answer in {Configuration.Durations.Format(veto.Timeout)}" : error.GetBaseException().Message);
            }

            return null;
        }

        _failed.Remove(veto);
        Count(function, busy is null ? "Free" : "Busy");
        return busy is null ? null : new VetoAnswer($"{veto.Name} {busy}", veto.Every);
    }

    // Returns what the veto says as the end of a sentence, or null if it does not speak against the rest.
    private async Task<string?> FindAsync(VetoOptions veto, Function function, FunctionInstance instance, CancellationToken cancellationToken)
    {
        if (veto.Path is { } path)
        {
            var status = await StatusAsync(path, function, instance, cancellationToken);
            return status is >= 200 and < 300 ? string.Create(CultureInfo.InvariantCulture, $"answers {status}") : null;
        }

        if (veto.File is { } file)
        {
            // A file system of another machine may not answer.
            return await Task.Run(() => Exists(file), cancellationToken).WaitAsync(cancellationToken) ? "is there" : null;
        }

        if (veto.Cpu is { } share)
        {
            var used = instance.Runtime is { } runtime ? await cpu.ShareAsync(runtime, cancellationToken) : null;
            return used is null ? throw new VetoException("its processor time cannot be measured")
                : used >= share ? string.Create(CultureInfo.InvariantCulture, $"is reached: it uses {used:0.00} of a processor") : null;
        }

        return await commands.RunAsync(function, instance, veto.Command, cancellationToken) ? "ended with 0" : null;
    }

    private async Task<int> StatusAsync(string path, Function function, FunctionInstance instance, CancellationToken cancellationToken)
    {
        var (endpoint, options) = (instance.Runtime?.Endpoint ?? throw new VetoException("its address is not known"), function.Options);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://{endpoint}{path}"))
        {
            Version = options.Protocol == FunctionProtocol.H2c ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.Host = options.Ready.Host ?? options.Hosts.FirstOrDefault(static host => !host.StartsWith('*'));
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return (int)response.StatusCode;
    }

    // File.Exists says no where it may not look.
    private static bool Exists(string path)
    {
        try
        {
            File.GetAttributes(path);
            return true;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    private void Count(Function function, string outcome)
    {
        if (!function.IsRetired)
        {
            metrics.Veto(function.Name, outcome);
        }
    }
}
