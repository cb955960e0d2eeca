using Gateway.Model;

namespace Gateway.Activation;

/// <summary>
/// Chooses the tier of functions whose <c>Idle:Tier</c> is <c>Auto</c>. It is called under a function's lock, so it must answer at once, must not
/// call the function back, and must not throw.
/// </summary>
internal interface IRestPolicy
{
    /// <summary>Decides which tier the function should be in now. It is asked when the idle time could be over, and again when its last answer says so.</summary>
    RestDecision Decide(in RestQuestion question);

    /// <summary>Notes that a wake succeeded.</summary>
    /// <param name="function">The name of the function.</param>
    /// <param name="from">The tier in which it rested.</param>
    /// <param name="ready">The time from the call of the runtime to the answer of the confirming probe.</param>
    void NoteWake(string function, Tier from, TimeSpan ready);

    /// <summary>Notes which build of its program a function runs now. This is told before the wakes of that build.</summary>
    /// <param name="function">The name of the function.</param>
    /// <param name="build">The value of <see cref="Runtimes.IInstance.Build"/>.</param>
    void NoteBuild(string function, string build)
    {
    }

    /// <summary>Notes that the request of a wake came.</summary>
    /// <param name="function">The name of the function.</param>
    /// <param name="signal">The kind of the signal that announced it.</param>
    /// <param name="window">The time from that signal to the request.</param>
    void NoteWindow(string function, SignalKind signal, TimeSpan window);

    /// <summary>Notes that the function was used. This is told at most once a second for each function.</summary>
    /// <param name="function">The name of the function.</param>
    /// <param name="timestamp">The time of the use, by <see cref="TimeProvider.GetTimestamp"/>.</param>
    void NoteArrival(string function, long timestamp);
}
