using Gateway.Model;

namespace Gateway.Activation;

/// <summary>The simple rest policy, which stops a function that was not used for <c>Idle:After</c>.</summary>
internal sealed class StoppedAfterIdle : IRestPolicy
{
    public RestDecision Decide(in RestQuestion question)
    {
        var left = question.Function.Idle.After - question.Idle;
        return left > TimeSpan.Zero
            ? new RestDecision(question.Current, "Its idle time is not over.", LookAgain: left)
            : new RestDecision(question.Tiers[0], $"Not used for Idle:After ({question.Function.Idle.After}).");
    }

    public void NoteWake(string function, Tier from, TimeSpan ready)
    {
    }

    public void NoteWindow(string function, SignalKind signal, TimeSpan window)
    {
    }

    public void NoteArrival(string function, long timestamp)
    {
    }
}
