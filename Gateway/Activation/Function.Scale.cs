using System.Diagnostics.CodeAnalysis;
using Gateway.Model;

namespace Gateway.Activation;

/// <summary>Taking leases on its instances, and what the load that they tell is worth.</summary>
internal sealed partial class Function
{
    private int _scaling;

    /// <summary>Takes a lease on an instance, which lasts until <see cref="FunctionInstance.Release"/>.</summary>
    /// <param name="instance">One of this function's; null when none was found.</param>
    /// <returns>Returns false if there is no instance, or if it takes no requests any more.</returns>
    public bool TryLease([NotNullWhen(true)] FunctionInstance? instance)
    {
        if (instance is null || !instance.TryLease())
        {
            return false;
        }

        var scale = Options.Scale;
        if (instance.InFlight > scale.Concurrency && Volatile.Read(ref _running).Length < scale.Max && Interlocked.Exchange(ref _scaling, 1) == 0)
        {
            // Beside the request, and once for all that come meanwhile.
            ThreadPool.UnsafeQueueUserWorkItem(static function => function.Scale(), this, preferLocal: false);
        }

        return true;
    }

    /// <summary>Starts the instances that the load is worth, starting ones counted in. Scale:Max bounds them, and what the budget has free.</summary>
    internal void Scale()
    {
        Volatile.Write(ref _scaling, 0);
        lock (_gate)
        {
            StartDemanded(RequestNow());
        }
    }

    // Under the lock. The first instance is a wake's: nothing is added to what is not there.
    private void StartDemanded(in Signal signal)
    {
        if (Options.Scale.Max == 1 || _retired || !_begun || _backOff.Remaining > TimeSpan.Zero)
        {
            return;
        }

        var wanted = _services.Scaler.Decide(new ScaleLoad(Options.Scale, _waiting, _instances.Sum(instance => instance.InFlight)));
        for (var active = Active; active > 0 && active < wanted && CanBegin && _services.Budget.TryTake(MinuteBudget); active++)
        {
            Begin(signal, budgeted: true, cold: false);
        }
    }
}
