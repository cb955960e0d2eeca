using System.Collections.Concurrent;
using System.Net;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Docker.DotNet;
using Gateway.Model;

namespace Gateway.Runtimes.Engines;

/// <summary>
/// Follows the output of a function's containers. The engine's stream of a container ends with its program, so the engine's events say when there is one again, and a
/// line's time what of it was read already.
/// </summary>
/// <param name="engine">The engine.</param>
/// <param name="list">Lists the ids of the function's containers.</param>
/// <param name="time">The clock for the gateway's own words.</param>
internal sealed class OutputFollower(EngineClient engine, Func<CancellationToken, Task<IReadOnlyList<string>>> list, TimeProvider time)
{
    /// <summary>Stands for an event of every container, because some may have been missed.</summary>
    public const string All = "";

    // The lines that wait for the reader. Beyond them the engine's stream waits, which holds up no program: engines read from a file.
    private const int Waiting = 64;

    private readonly Channel<string> _events = Channel.CreateBounded<string>(new BoundedChannelOptions(256) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Channel<OutputLine> _lines = Channel.CreateBounded<OutputLine>(Waiting);
    private readonly ConcurrentDictionary<string, DateTimeOffset?> _read = new();

    // Containers of other functions, each of which starts often.
    private readonly HashSet<string> _strangers = [];

    /// <summary>Tells that a program was executed in a container, of this function or of another one.</summary>
    public void Tell(string container) => _events.Writer.TryWrite(container);

    /// <summary>Ends the following, because the function is not configured any more.</summary>
    public void End() => _events.Writer.TryComplete();

    /// <summary>Returns the last lines of all containers, in the order of their times.</summary>
    /// <exception cref="RuntimeException">The engine cannot be reached, or does not give the lines.</exception>
    public async Task<IReadOnlyList<OutputLine>> LastAsync(int tail, CancellationToken cancellationToken)
    {
        var lines = new List<OutputLine>();
        foreach (var container in await list(cancellationToken))
        {
            var last = new Queue<OutputLine>();
            DateTimeOffset? latest = null;
            try
            {
                // At least one, whose time is where the following begins.
                await ContainerOutput.ReadAsync(engine, container, Math.Max(1, tail), since: null, follow: false, line =>
                {
                    latest = line.At;
                    last.Enqueue(line);
                    if (last.Count > tail)
                    {
                        last.Dequeue();
                    }

                    return ValueTask.CompletedTask;
                }, cancellationToken);
            }
            catch (DockerApiException refused)
            {
                throw new RuntimeException($"the engine would not give the output of the container {container[..12]}: {EngineErrors.Message(refused)}", refused);
            }

            lines.AddRange(last);
            _read[container] = latest;
        }

        return [.. lines.OrderBy(static line => line.At).TakeLast(tail)];
    }

    /// <summary>Returns each line that is written after those of <see cref="LastAsync"/>, until it is cancelled.</summary>
    public async IAsyncEnumerable<OutputLine> FollowAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var following = FollowAllAsync(ended, ended.Token);
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(cancellationToken))
            {
                yield return line;
            }
        }
        finally
        {
            await ended.CancelAsync();
            await following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // One task for each container, until it is removed.
    private async Task FollowAllAsync(CancellationTokenSource ended, CancellationToken cancellationToken)
    {
        var followed = new Dictionary<string, Followed>();
        try
        {
            Follow(_read.Keys);
            await foreach (var container in _events.Reader.ReadAllAsync(cancellationToken))
            {
                if (followed.TryGetValue(container, out var known))
                {
                    known.Started.Writer.TryWrite(true);
                }
                else if (!_strangers.Contains(container))
                {
                    await LookAsync(container);
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
        finally
        {
            await ended.CancelAsync();
            await Task.WhenAll(followed.Values.Select(one => one.Reading)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _lines.Writer.TryComplete();
        }

        void Follow(IEnumerable<string> containers)
        {
            foreach (var container in containers.Where(container => !followed.ContainsKey(container)))
            {
                var started = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
                followed[container] = new Followed(started, FollowAsync(container, started.Reader, cancellationToken));
            }
        }

        async Task LookAsync(string container)
        {
            try
            {
                Follow(await list(cancellationToken));
            }
            catch (RuntimeException)
            {
                // The engine is away. When it is back all is looked at.
                return;
            }

            if (container == All)
            {
                foreach (var one in followed.Values)
                {
                    one.Started.Writer.TryWrite(true);
                }
            }
            else if (!followed.ContainsKey(container))
            {
                _strangers.Add(container);
            }
        }
    }

    private async Task FollowAsync(string container, ChannelReader<bool> started, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await ContainerOutput.ReadAsync(engine, container, tail: null, _read.GetValueOrDefault(container), follow: true, async line =>
                {
                    _read[container] = line.At;
                    await _lines.Writer.WriteAsync(line, cancellationToken);
                }, cancellationToken);
            }
            catch (DockerApiException refused) when (refused.StatusCode == HttpStatusCode.NotFound)
            {
                return;
            }
            catch (DockerApiException refused)
            {
                await _lines.Writer.WriteAsync(
                    new OutputLine(time.GetUtcNow(), "", OutputLine.Gateway, $"the engine would not give the output of the container {container[..12]}: {EngineErrors.Message(refused)}."), cancellationToken);
                return;
            }
            catch (RuntimeException)
            {
                // The engine is away, and tells of what runs when it is back.
            }

            await started.ReadAsync(cancellationToken);
        }
    }

    private sealed record Followed(Channel<bool> Started, Task Reading);
}
