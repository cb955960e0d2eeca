using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.Activation;

/// <summary>What the observers are told of the function.</summary>
internal sealed partial class Function
{
    /// <summary>Tells the observers what changed. Under the lock, so they hear it in order.</summary>
    private void Publish()
    {
        var running = _instances.Where(instance => instance.State == InstanceState.Running).ToArray();
        if (!running.AsSpan().SequenceEqual(_running))
        {
            Volatile.Write(ref _running, running);
            Tell(observer => observer.OnInstances(this));
        }

        _series.Show(Name, _instances);

        // On its way to rest counts, until a signal is noted: the start follows the stop at once then.
        var atRest = !_retired && _instances.TrueForAll(instance => instance.IsAtRest || (instance.State == InstanceState.Draining && _wanted is null)) && _backOff.Remaining == TimeSpan.Zero;
        if (atRest != _atRest)
        {
            _atRest = atRest;
            Tell(observer => observer.OnRest(this, atRest));
        }
    }

    /// <summary>Takes the function out of the metrics, after its retirement has ended.</summary>
    internal void Leave()
    {
        lock (_gate)
        {
            _series.Leave();
        }
    }

    // A frozen program is there and keeps its connections.
    private void TellEnding(IInstance runtime, Tier tier)
    {
        if (tier != Tier.Paused && runtime.Endpoint is { } endpoint)
        {
            Tell(observer => observer.OnEnding(this, endpoint, runtime.Exited.IsCompleted));
        }
    }

    // The kernel or YARP may refuse; instances and those who wait for them must not be stranded by it.
    private void Tell(Action<IFunctionObserver> what)
    {
        foreach (var observer in _services.Observers)
        {
            try
            {
                what(observer);
            }
            catch (Exception error)
            {
                ActivationLog.NotTold(_services.Logger, Name, observer.GetType().Name, error);
            }
        }
    }
}
