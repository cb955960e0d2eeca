using System.Globalization;
using Gateway.Model;

namespace Gateway.Activation;

/// <summary>Asks whether an instance is busy before it comes to rest, and keeps it running as long as it is.</summary>
internal sealed partial class Function
{
    // An instance that was found free and is still there after this time is asked again.
    private static readonly TimeSpan FreeFor = TimeSpan.FromSeconds(10);

    /// <summary>Returns the decision that a free instance waits for, or null.</summary>
    private RestDecision? Granted(FunctionInstance instance) =>
        instance.Veto is { Answer: null, AnsweredAt: { } at } inquiry && inquiry.LastUse == instance.LastUse && _services.Time.GetElapsedTime(at) < FreeFor ? inquiry.Decision : null;

    /// <summary>Returns the decision that takes the place of a rest that may not be yet, or null if nothing speaks against it.</summary>
    private RestDecision? Vetoed(FunctionInstance instance, RestDecision decision)
    {
        var vetoes = _core.Options.Idle.Vetoes;
        if (vetoes.Count == 0)
        {
            return null;
        }

        if (Granted(instance) is not null)
        {
            instance.Veto = null;
            return null;
        }

        // An answer from before the last use means nothing any more.
        var last = instance.Veto is { } inquiry && inquiry.LastUse == instance.LastUse ? inquiry : null;
        if (last is { AnsweredAt: null })
        {
            return Stays(last.Answer, again: null);
        }

        if (last is { Answer: { } busy, AnsweredAt: { } at } && busy.Again - _services.Time.GetElapsedTime(at) is var left && left > TimeSpan.Zero)
        {
            return Stays(busy, left);
        }

        // Until it is known again, what was said the last time is what is known.
        var asked = new VetoInquiry(decision, instance.LastUse) { Answer = last?.Answer };
        instance.Veto = asked;
        _ = Task.Run(() => AskVetoesAsync(instance, asked, isKnown: asked.Answer is not null));
        return Stays(asked.Answer, again: null);

        static RestDecision Stays(VetoAnswer? known, TimeSpan? again) =>
            new(Tier.Running, known is null ? "It is asked whether it is busy." : $"It is busy: {known.Reason}.", again);
    }

    /// <summary>Keeps an instance running for a time from now on, because it has said that it still works. Of several such times the longest counts; zero takes back those before.</summary>
    public void KeepAwake(FunctionInstance instance, TimeSpan time)
    {
        bool isTakenBack;
        lock (_gate)
        {
            isTakenBack = time == TimeSpan.Zero && instance.AwakeUntil > 0;
            instance.AwakeUntil = time == TimeSpan.Zero ? 0 : Math.Max(instance.AwakeUntil, Now.After(time));
        }

        if (isTakenBack)
        {
            // It would be looked at when the time is over.
            Reconsider();
        }
    }

    /// <summary>Returns the decision that takes the place of any other as long as an instance stays awake by its own word, or null.</summary>
    private RestDecision? KeptAwake(FunctionInstance instance)
    {
        var left = instance.AwakeUntil == 0 ? TimeSpan.Zero : -Now.Since(instance.AwakeUntil);
        return left > TimeSpan.Zero ? new RestDecision(Tier.Running, string.Create(CultureInfo.InvariantCulture, $"Its answer has asked for it (Headstart-Keep-Awake), for another {Math.Ceiling(left.TotalSeconds)} s."), left) : null;
    }

    private async Task AskVetoesAsync(FunctionInstance instance, VetoInquiry inquiry, bool isKnown)
    {
        var answer = await _services.Vetoes.AskAsync(this, instance);
        lock (_gate)
        {
            (inquiry.Answer, inquiry.AnsweredAt) = (answer, _services.Time.GetTimestamp());
        }

        if (answer is not null && !isKnown)
        {
            ActivationLog.StaysBusy(_services.Logger, Name, instance.Id, answer.Reason);
        }

        Reconsider();
    }
}
