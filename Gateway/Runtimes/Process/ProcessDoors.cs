namespace Gateway.Runtimes.Process;

/// <summary>Counts, by function, the instances whose launcher waits to execute the program.</summary>
internal sealed class ProcessDoors
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (int Waiting, int Most)> _functions = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Sets how many instances of a function may wait from now on.</summary>
    /// <param name="most">The number, or null for no limit.</param>
    public void Allow(string function, int? most)
    {
        lock (_gate)
        {
            _functions[function] = (Of(function).Waiting, most ?? int.MaxValue);
        }
    }

    /// <summary>Counts one more, unless as many wait as may.</summary>
    /// <param name="most">How many may.</param>
    /// <returns>Returns false if it may not wait.</returns>
    public bool TryEnter(string function, out int most)
    {
        lock (_gate)
        {
            (var waiting, most) = Of(function);
            if (waiting >= most)
            {
                return false;
            }

            _functions[function] = (waiting + 1, most);
            return true;
        }
    }

    /// <summary>Counts one less.</summary>
    public void Leave(string function)
    {
        lock (_gate)
        {
            var (waiting, most) = Of(function);
            _functions[function] = (waiting - 1, most);
        }
    }

    /// <summary>Forgets a function of which none waits.</summary>
    public void Forget(string function)
    {
        lock (_gate)
        {
            if (Of(function).Waiting == 0)
            {
                _functions.Remove(function);
            }
        }
    }

    private (int Waiting, int Most) Of(string function) => _functions.TryGetValue(function, out var counted) ? counted : (0, int.MaxValue);
}
