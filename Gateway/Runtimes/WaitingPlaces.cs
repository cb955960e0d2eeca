namespace Gateway.Runtimes;

/// <summary>
/// Counts those that wait to execute their program: the instances of one function, of which <c>Idle:Ahead</c> may wait, or the containers of one engine, each of which
/// costs its machine memory. This class is thread-safe.
/// </summary>
internal sealed class WaitingPlaces
{
    private int _waiting;

    /// <summary>Counts one that is about to wait.</summary>
    /// <param name="most">How many may wait, or null for no limit.</param>
    /// <returns>Returns false if so many wait already.</returns>
    public bool TryEnter(int? most)
    {
        if (Interlocked.Increment(ref _waiting) <= (most ?? int.MaxValue))
        {
            return true;
        }

        Leave();
        return false;
    }

    /// <summary>Counts one that waits already.</summary>
    public void Enter() => Interlocked.Increment(ref _waiting);

    /// <summary>Counts one that no longer waits.</summary>
    public void Leave() => Interlocked.Decrement(ref _waiting);
}
