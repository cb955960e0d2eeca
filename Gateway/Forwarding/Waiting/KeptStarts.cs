using System.Collections.Concurrent;
using Gateway.Activation;

namespace Gateway.Forwarding.Waiting;

/// <summary>
/// Waits for functions in the place of requests that were answered with the waiting page, so that a start that has not had its turn goes on whatever a browser does. For each function
/// there is one wait at most.
/// </summary>
internal sealed class KeptStarts(IHostApplicationLifetime lifetime, TimeProvider time)
{
    private readonly ConcurrentDictionary<Function, bool> _kept = new();

    /// <summary>Waits for a function from now on, until it runs or its start fails, as long as an open page may.</summary>
    public void Keep(Function function)
    {
        if (_kept.TryAdd(function, true))
        {
            _ = KeepAsync(function);
        }
    }

    /// <summary>Returns how long an open page waits for a function: as long as a request may, or as a start may take if that is longer.</summary>
    public static TimeSpan LongestOf(Function function)
    {
        var (hold, ready) = (function.Options.Hold.Timeout, function.Options.Ready.Timeout);
        return hold > ready ? hold : ready;
    }

    private async Task KeepAsync(Function function)
    {
        using var limit = new CancellationTokenSource(LongestOf(function), time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, lifetime.ApplicationStopping);
        try
        {
            await function.WakeAsync(ended.Token);
        }
        catch (OperationCanceledException)
        {
            // Nobody waits any longer, or the gateway ends.
        }
        finally
        {
            _kept.TryRemove(function, out _);
        }
    }
}
