using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Docker.DotNet;
using Gateway.Configuration;
using Gateway.Model;

namespace Gateway.Runtimes.Engines;

/// <summary>Reads what containers write, on demand: the engine keeps it.</summary>
internal abstract partial class EngineRuntime
{
    private readonly ConcurrentDictionary<OutputFollower, string> _followers = new();

    public async Task<IAsyncEnumerable<OutputLine>> OutputAsync(FunctionOptions function, int tail, bool follow, CancellationToken cancellationToken)
    {
        var follower = new OutputFollower(_engine, token => ListAsync(function, token), _time);
        if (!follow)
        {
            return Read(follower, await follower.LastAsync(tail, cancellationToken), follow, cancellationToken);
        }

        // Told of starts from before the lines that are there, so that none is missed.
        _followers.TryAdd(follower, function.Name);
        try
        {
            return Read(follower, await follower.LastAsync(tail, cancellationToken), follow, cancellationToken);
        }
        catch
        {
            _followers.TryRemove(follower, out _);
            throw;
        }
    }

    private async IAsyncEnumerable<OutputLine> Read(
        OutputFollower follower, IReadOnlyList<OutputLine> last, bool follow, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            foreach (var line in last)
            {
                yield return line;
            }

            if (follow)
            {
                await foreach (var line in follower.FollowAsync(cancellationToken))
                {
                    yield return line;
                }
            }
        }
        finally
        {
            _followers.TryRemove(follower, out _);
        }
    }

    private async Task<IReadOnlyList<string>> ListAsync(FunctionOptions function, CancellationToken cancellationToken)
    {
        if (function.Run.IsUsers)
        {
            return Existing(function).Id is { } container ? [container] : [];
        }

        try
        {
            return [.. (await _containers.ListAsync(function.Name, cancellationToken)).Containers.Select(static container => container.ID)];
        }
        catch (DockerApiException refused)
        {
            throw new RuntimeException($"the engine would not list the containers: {EngineErrors.Message(refused)}", refused);
        }
    }

    private void EndFollowers()
    {
        foreach (var (follower, function) in _followers)
        {
            if (!IsKept(function) && !_existing.ContainsKey(function))
            {
                follower.End();
            }
        }
    }

    private void TellFollowers(string container)
    {
        foreach (var follower in _followers.Keys)
        {
            follower.Tell(container);
        }
    }
}
