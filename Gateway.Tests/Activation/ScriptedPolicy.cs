using System.Collections.Concurrent;
using Gateway.Activation;
using Gateway.Model;

namespace Gateway.Tests.Activation;

/// <summary>A policy that gives the test's answers and records what it is told.</summary>
internal sealed class ScriptedPolicy : IRestPolicy
{
    private readonly ConcurrentQueue<RestQuestion> _questions = new();

    public Func<RestQuestion, RestDecision> Answer { get; set; } = question => new RestDecision(question.Current, "as it is");

    public IReadOnlyList<RestQuestion> Questions => [.. _questions];

    public ConcurrentQueue<(Tier From, TimeSpan Ready)> Wakes { get; } = new();

    public ConcurrentQueue<(SignalKind Signal, TimeSpan Window)> Windows { get; } = new();

    public ConcurrentQueue<long> Arrivals { get; } = new();

    public RestDecision Decide(in RestQuestion question)
    {
        _questions.Enqueue(question);
        return Answer(question);
    }

    public void NoteWake(string function, Tier from, TimeSpan ready) => Wakes.Enqueue((from, ready));

    public void NoteWindow(string function, SignalKind signal, TimeSpan window) => Windows.Enqueue((signal, window));

    public void NoteArrival(string function, long timestamp) => Arrivals.Enqueue(timestamp);
}
