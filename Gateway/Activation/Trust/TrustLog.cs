using Gateway.Model;

namespace Gateway.Activation.Trust;

/// <summary>Logs changes of trust. A flood over ten thousand functions must not become ten thousand lines.</summary>
internal sealed class TrustLog(TimeProvider time, ILogger logger)
{
    private readonly LogAllowance _lines = new(time);

    /// <summary>Logs that a subject is trusted more, or less. Changes of the whole are rare and matter most, so each is logged.</summary>
    public void Step(TrustSubject subject)
    {
        if (!_lines.TryTake(out var skipped) && subject.Scope != TrustScope.Whole)
        {
            return;
        }

        if (skipped > 0)
        {
            ActivationLog.MoreTrustSteps(logger, skipped);
        }

        if (subject.Earliest == SignalKind.Syn)
        {
            ActivationLog.Trusted(logger, subject.Scope, subject.Name);
        }
        else
        {
            ActivationLog.TrustStep(logger, subject.Scope, subject.Name, subject.Earliest);
        }
    }
}
