using Gateway.Model;

namespace Gateway.Activation;

/// <summary>
/// Chooses the tier of functions whose <c>Idle:Tier</c> is <c>Auto</c>. Called under a function's lock: answers at once, calls
/// nobody back, and throws nothing.
/// </summary>
internal interface IRestPolicy
{
    /// <summary>Where the function should be now. Asked when its idle time could be over, and again when the last answer says so.</summary>
    RestDecision Decide(in RestQuestion question);

    /// <summary>A wake succeeded.</summary>
    /// <param name="function">Its name.</param>
    /// <param name="from">The tier that it rested in.</param>
    /// <param name="ready">From the runtime's call to the answer of the confirming probe.</param>
    void NoteWake(string function, Tier from, TimeSpan ready);

    /// <summary>Which build of its program a function runs now; told before the wakes of that build.</summary>
    /// <param name="function">Its name.</param>
    /// <param name="build">As <see cref="Runtimes.IInstance.Build"/> has it.</param>
    void NoteBuild(string function, string build)
    {
    }

    /// <summary>A wake's request came.</summary>
    /// <param name="function">Its name.</param>
    /// <param name="signal">What announced it.</param>
    /// <param name="window">From that signal to the request.</param>
    void NoteWindow(string function, SignalKind signal, TimeSpan window);

    /// <summary>The function was used; told at most once a second for each function.</summary>
    /// <param name="function">Its name.</param>
    /// <param name="timestamp">When, by <see cref="TimeProvider.GetTimestamp"/>.</param>
    void NoteArrival(string function, long timestamp);
}
