using System.Collections.Immutable;
using System.Net;
using Gateway.Activation;
using Gateway.Listening;
using Gateway.Readiness;

namespace Gateway.Forwarding;

/// <summary>Which instances are known to speak HTTP/2 without TLS. An instance is asked once in its life, when somebody needs to know.</summary>
internal sealed class InstanceProtocols(TimeProvider time) : IInstanceProtocols, IFunctionObserver
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Task<bool>> _answers = new(StringComparer.Ordinal);

    // Those that do: looked at for each request to a function whose protocol is left open.
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

    /// <summary>True: it does. False: it does not, or has not been asked.</summary>
    /// <param name="destination">The instance's address, as its cluster has it.</param>
    public bool IsKnownForH2c(string destination) => _h2c is { Count: > 0 } known && known.Contains(destination);

    /// <summary>Asks it, if that has not been done yet. An instance that says nothing sensible in time does not.</summary>
    /// <param name="destination">The instance's address, as its cluster has it.</param>
    /// <param name="cancellationToken">Ends the wait, and not the question, which others may wait for too.</param>
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
            // Of an instance that has ended meanwhile nothing is kept; another may be at its address.
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
