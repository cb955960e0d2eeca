using Gateway.Signals;

namespace Gateway.Activation;

/// <summary>How many instances the demand is worth. Called beside the request path, never on it.</summary>
public sealed partial class Function
{
    /// <summary>
    /// Starts more instances when those that there are, starting ones included, have more requests than Scale:Concurrency each.
    /// Scale:Max and what the budget has free bound their number.
    /// </summary>
    public void ScaleOut(in Signal signal)
    {
        lock (_gate)
        {
            StartDemanded(signal);
        }
    }

    // Under the lock. Requests that wait and that are answered; rounded up.
    private int Demanded =>
        (int)Math.Min(Options.Scale.Max, ((long)_waiting + _instances.Sum(instance => instance.InFlight) + Options.Scale.Concurrency - 1) / Options.Scale.Concurrency);

    // Under the lock. The first instance is a wake's: nothing is added to what is not there.
    private void StartDemanded(in Signal signal)
    {
        if (Options.Scale.Max == 1 || _retired || !_begun || _backOff.Remaining > TimeSpan.Zero)
        {
            return;
        }

        for (var active = Active; active > 0 && active < Demanded && CanBegin && _services.Budget.TryTake(MinuteBudget); active++)
        {
            Begin(signal, budgeted: true, cold: false);
        }
    }
}
