using Gateway.Model;

namespace Gateway.Activation.Trust;

/// <summary>
/// Logs changes of trust: the first few of a minute one by one, and how many more there were when the next one is logged. A flood over ten thousand functions must not
/// become ten thousand lines. It is used under one lock.
/// </summary>
internal sealed class TrustLog(TimeProvider time, ILogger logger)
{
    /// <summary>The lines of a minute.</summary>
    private const int MostPerMinute = 30;

    private readonly TokenBucket _lines = new(MostPerMinute, time);
    private int _left;

    /// <summary>Logs that a subject is trusted more, or less.</summary>
    public void Step(TrustSubject subject)
    {
        // Changes of the whole are rare, and matter most.
        if (subject.Scope != TrustScope.Whole)
        {
            if (!_lines.Has(1))
            {
                _left++;
                return;
            }

            _lines.Take();
        }

        if (_left > 0)
        {
            ActivationLog.MoreTrustSteps(logger, _left);
            _left = 0;
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
