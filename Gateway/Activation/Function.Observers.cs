using Gateway.Activation.Core;
using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.Activation;

/// <summary>Tells the observers about the function.</summary>
internal sealed partial class Function
{
    private void Publish(FunctionEffect.Publish publish, FunctionInstance[]? running)
    {
        if (running is not null)
        {
            Volatile.Write(ref _running, running);
            Tell(observer => observer.OnInstances(this));
        }

        lock (_gate)
        {
            _series.Show(publish.Core.Options.Name, publish.Core.Instances);
        }

        if (publish.AtRest is { } atRest)
        {
            Tell(observer => observer.OnRest(this, atRest));
        }
    }

    /// <summary>Removes the function from the metrics after its retirement has ended.</summary>
    internal void Leave()
    {
        lock (_gate)
        {
            _series.Leave();
        }

        _services.Trust.Forget(Trust);
    }

    // A frozen program is still there and keeps its connections.
    private void TellEnding(IInstance runtime, Tier tier)
    {
        if (tier != Tier.Paused && runtime.Endpoint is { } endpoint)
        {
            Tell(observer => observer.OnEnding(this, endpoint, runtime.Exited.IsCompleted));
        }
    }

    // The kernel or YARP may refuse a change. That must not strand instances or the requests that wait for them.
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
