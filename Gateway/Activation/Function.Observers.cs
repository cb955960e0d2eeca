using Gateway.Activation.Core;
using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.Activation;

/// <summary>What the observers are told of the function.</summary>
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
