using Gateway.Activation.Core;
using Gateway.Model;

namespace Gateway.Activation.Bonds;

/// <summary>
/// Lets only one of the functions that exclude each other have a program. A start waits here, in the order in which the starts came, until the functions that exclude
/// it have come to rest, which they are asked to do. This class is thread-safe. It may take a function's lock under its own, and is never called under a function's.
/// </summary>
/// <remarks>
/// A paused program keeps what it has of a device's memory, so a function makes room in <see cref="Tier.Initialized"/> or <see cref="Tier.Stopped"/>. One that is
/// unused makes room at once; one that is used does so for a request that waits, and not before it has had its <see cref="Turn"/>, so that two functions that are
/// both in demand take turns and do not spend their time on starts.
/// </remarks>
internal sealed class Exclusions(TimeProvider time)
{
    /// <summary>The time for which a function that is in use runs before it makes room for another one.</summary>
    public static readonly TimeSpan Turn = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<FunctionInstance, Function> _holders = [];
    private readonly List<Claim> _line = [];

    /// <summary>Waits until no function that excludes this one has a program.</summary>
    /// <returns>A task that completes when the instance may be started. It holds its place until the function has been looked at and the instance has no program any more.</returns>
    public async Task EnterAsync(Function function, FunctionInstance instance, CancellationToken cancellationToken)
    {
        var claim = new Claim(function, instance);
        lock (_gate)
        {
            if (_holders.ContainsKey(instance))
            {
                // It was paused, and the others wait for it to make room, which it can do when it runs.
                return;
            }

            _line.Add(claim);
        }

        Advance();
        try
        {
            await claim.Granted.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            lock (_gate)
            {
                _line.Remove(claim);
                _holders.Remove(instance);
            }

            Advance();
            throw;
        }
    }

    /// <summary>Takes an instance's place back, since it has no program.</summary>
    public void Leave(FunctionInstance instance)
    {
        lock (_gate)
        {
            if (!_holders.Remove(instance))
            {
                return;
            }
        }

        Advance();
    }

    /// <summary>Notes what has become of a function's instances, or that a request waits for it now.</summary>
    public void Look(Function function) => Look([function]);

    /// <summary>Notes what has become of the instances of functions, whose bonds may be others now.</summary>
    public void Look(IEnumerable<Function> functions)
    {
        lock (_gate)
        {
            foreach (var (instance, _) in _holders.Where(static holder => !holder.Value.HasProgram(holder.Key)).ToArray())
            {
                _holders.Remove(instance);
            }

            // Those that were there before, or that somebody else has started, have never asked.
            foreach (var function in functions.Where(static function => function.Bonds.Excluded.Count > 0))
            {
                foreach (var instance in function.FoundRunning())
                {
                    _holders.TryAdd(instance, function);
                }
            }
        }

        Advance();
    }

    // Gives places to those who can have them, and asks those to make room who are in the way.
    private void Advance()
    {
        List<(Function Function, TimeSpan Wait)> asked = [];
        lock (_gate)
        {
            for (var i = 0; i < _line.Count; i++)
            {
                var claim = _line[i];
                // A start for which nobody waits sends nobody away, so it must not hold up one for which somebody does.
                var isBehind = _line.Take(i).Any(earlier => Exclude(claim.Function, earlier.Function) && (earlier.Function.IsAwaited || !claim.Function.IsAwaited));
                Function[] inTheWay = [.. _holders.Values.Where(holder => Exclude(claim.Function, holder)).Distinct()];
                if (!isBehind && inTheWay.Length == 0)
                {
                    _line.RemoveAt(i--);
                    _holders[claim.Instance] = claim.Function;
                    claim.Granted.TrySetResult();
                }
                else if (!isBehind)
                {
                    asked.AddRange(inTheWay.Select(other => (other, other.MayMakeRoomIn(claim.Function.IsAwaited, Turn))).Where(static pair => pair.Item2 is not null).Select(static pair => (pair.other, pair.Item2!.Value)));
                }
            }
        }

        foreach (var (function, wait) in asked)
        {
            if (wait <= TimeSpan.Zero)
            {
                _ = function.MakeRoomAsync();
            }
            else if (function.TryNoteTurn())
            {
                _ = AdvanceAfterAsync(function, wait);
            }
        }
    }

    // A function that was removed and still drains knows it of itself alone.
    private static bool Exclude(Function one, Function other) => one.Bonds.Excluded.Contains(other) || other.Bonds.Excluded.Contains(one);

    private async Task AdvanceAfterAsync(Function function, TimeSpan wait)
    {
        // Nothing tells that a turn, or the second after a last use, is over.
        await Task.Delay(wait, time);
        function.EndTurn();
        Advance();
    }

    private sealed record Claim(Function Function, FunctionInstance Instance)
    {
        public TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
