namespace Gateway.Activation;

/// <summary>What a veto has said: the function stays.</summary>
/// <param name="Reason">Which veto it is and what it says, as a clause.</param>
/// <param name="Again">The time after which it is asked again.</param>
internal sealed record VetoAnswer(string Reason, TimeSpan Again);

/// <summary>Asks the vetoes of functions (<c>Idle:Veto</c>).</summary>
internal interface IVetoes
{
    /// <summary>Asks the vetoes of a function about an instance, one after another, until one of them says that it is busy. One that cannot be asked says nothing.</summary>
    /// <returns>A task that returns null if none does. It does not fault, and is over within the vetoes' time limits.</returns>
    Task<VetoAnswer?> AskAsync(Function function, FunctionInstance instance);
}
