using System.Collections.Immutable;
using System.Net;
using Gateway.Activation;
using Gateway.Listening;
using Gateway.Readiness;

namespace Gateway.Forwarding;

/// <summary>Knows which instances speak HTTP/2 without TLS. An instance is asked at most once, when it is first needed.</summary>
internal sealed class InstanceProtocols(TimeProvider time) : IInstanceProtocols, IFunctionObserver
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Task<bool>> _answers = new(StringComparer.Ordinal);

    // The instances that speak it. This is looked up for each request to a function whose protocol is left open.
    private volatile ImmutableHashSet<string> _h2c = ImmutableHashSet.Create<string>(StringComparer.Ordinal);

    /// <inheritdoc/>
    public void NoteH2c(IPEndPoint endpoint)
    {
        lock (_gate)
        {
            var destination = FunctionClusters.Address(endpoint);
            _answers[destination] = Task.FromResult(true);
            _h2c = _h2c.Add(destination);
        }
    }

    /// <summary>Returns whether an instance is known to speak HTTP/2; false too if it has not been asked.</summary>
    /// <param name="destination">The instance's address, as its cluster has it.</param>
    public bool IsKnownForH2c(string destination) => _h2c is { Count: > 0 } known && known.Contains(destination);

    /// <summary>Asks an instance, unless that has been done. An instance without a valid answer in time does not speak HTTP/2.</summary>
    /// <param name="destination">The instance's address, as its cluster has it.</param>
    /// <param name="cancellationToken">Ends the wait, but not the question, for which others may wait too.</param>
    public async ValueTask<bool> SpeaksH2cAsync(string destination, CancellationToken cancellationToken)
    {
        Task<bool>? answer;
        lock (_gate)
        {
            if (!_answers.TryGetValue(destination, out answer))
            {
                var asking = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
                _answers[destination] = answer = asking.Task;
                _ = AskAsync(destination, asking);
            }
        }

        return await answer.WaitAsync(cancellationToken);
    }

    public void OnEnding(Function function, IPEndPoint endpoint, bool hasEnded)
    {
        lock (_gate)
        {
            var destination = FunctionClusters.Address(endpoint);
            _answers.Remove(destination);
            _h2c = _h2c.Remove(destination);
        }
    }

    private async Task AskAsync(string destination, TaskCompletionSource<bool> asking)
    {
        var answer = await Http2Preface.AskAsync(new Uri(destination), time);
        lock (_gate)
        {
            // If the instance has ended meanwhile the answer is not kept, because another one may be at its address.
            if (_answers.TryGetValue(destination, out var current) && ReferenceEquals(current, asking.Task))
            {
                if (answer is null)
                {
                    _answers.Remove(destination);
                }

                _h2c = answer == true ? _h2c.Add(destination) : _h2c;
            }
        }

        asking.SetResult(answer ?? false);
    }
}
