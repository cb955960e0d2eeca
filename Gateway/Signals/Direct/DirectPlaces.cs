namespace Gateway.Signals.Direct;

/// <summary>Gives functions places for their sockets in the kernel's map, side by side. Not thread safe.</summary>
/// <param name="count">How many places there are.</param>
internal sealed class DirectPlaces(int count)
{
    private readonly bool[] _taken = new bool[count];

    /// <summary>Takes the first places that are free side by side.</summary>
    /// <returns>Returns the first one; null if there are not so many.</returns>
    public int? Take(int size)
    {
        var free = 0;
        for (var place = 0; place < _taken.Length; place++)
        {
            free = _taken[place] ? 0 : free + 1;
            if (free == size)
            {
                var first = place - size + 1;
                _taken.AsSpan(first, size).Fill(true);
                return first;
            }
        }

        return null;
    }

    /// <summary>Gives places back that <see cref="Take"/> has given.</summary>
    public void Return(int first, int size) => _taken.AsSpan(first, size).Clear();
}
