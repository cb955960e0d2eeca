using Gateway.Configuration;

namespace Gateway.Activation.Scaling;

/// <summary>
/// What a function keeps of its load if it may have several instances, or if they get a limited number of requests at a time. The others have none, so that
/// their requests pay for nothing of it.
/// </summary>
/// <param name="scale">The settings.</param>
/// <param name="time">The clock.</param>
internal sealed class FunctionLoad(ScaleOptions scale, TimeProvider time)
{
    private LoadHistory _history = new(scale, load: 0, time.GetTimestamp(), time.TimestampFrequency);
    private int _askAbove = int.MaxValue;

    /// <summary>Gets the requests that wait for a free place.</summary>
    public PlaceQueue Places { get; } = new();

    /// <summary>Gets the load at each moment of the last windows.</summary>
    public LoadHistory History => Volatile.Read(ref _history);

    // The members from here on are used under the function's lock.

    /// <summary>Gets or sets the last decision; its default value if the function is at rest.</summary>
    public ScaleDecision Decision { get; set; }

    /// <summary>Gets the number of requests that have got a place and have not noticed it yet. They count as waiting and as using.</summary>
    public int Handed;

    /// <summary>Gets or sets the number of connections that were accepted during this wake and have not brought a request.</summary>
    public int Expected { get; set; }

    /// <summary>Gets or sets the number of this wake.</summary>
    public int Wake { get; set; } = 1;

    /// <summary>Gets or sets whether the function is at rest, or has woken and nobody has used it yet.</summary>
    public bool IsWaking { get; set; } = true;

    /// <summary>Gets or sets the timer of the next look.</summary>
    public ITimer? Timer { get; set; }

    /// <summary>Takes other windows. What was averaged until now is forgotten.</summary>
    public void Configure(ScaleOptions options, int load) =>
        Volatile.Write(ref _history, new LoadHistory(options, load, time.GetTimestamp(), time.TimestampFrequency));

    /// <summary>Counts a request that has got a lease.</summary>
    /// <returns>Returns true if the load has become so large that the function has to be scaled now, once for all that come meanwhile.</returns>
    public bool NoteLease(long now) =>
        History.Change(+1, now) is var load && load > Volatile.Read(ref _askAbove) && Interlocked.Exchange(ref _askAbove, int.MaxValue) != int.MaxValue;

    /// <summary>Sets the load above which the scaler is asked at once, or null for none.</summary>
    public void AskAbove(int? load) => Volatile.Write(ref _askAbove, load ?? int.MaxValue);
}
