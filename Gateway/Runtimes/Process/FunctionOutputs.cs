using System.Collections.Concurrent;

namespace Gateway.Runtimes.Process;

/// <summary>The output of each function's programs, by the function's name. This class is thread-safe.</summary>
internal sealed class FunctionOutputs(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, OutputRing> _rings = new(StringComparer.OrdinalIgnoreCase);
    private readonly OutputBudget _budget = new();

    /// <summary>Returns the output of a function, which is kept from now on.</summary>
    public OutputRing Of(string function) => _rings.GetOrAdd(function, _ => new OutputRing(_budget, time));

    /// <summary>Forgets the output of functions that are not configured any more.</summary>
    /// <param name="functions">The names of those that are.</param>
    public void Keep(IReadOnlySet<string> functions)
    {
        foreach (var (name, ring) in _rings)
        {
            if (!functions.Contains(name) && _rings.TryRemove(new(name, ring)))
            {
                ring.End();
            }
        }
    }
}
