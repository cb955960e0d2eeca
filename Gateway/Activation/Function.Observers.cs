using Gateway.Activation.Core;
using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.Activation;

/// <summary>Tells the observers about the function.</summary>
internal sealed partial class Function
{
    private FunctionTurn _turn = FunctionTurn.Rest;

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

        if (running is not null && _load is not null)
        {
            Scale();
        }

        Tell(observer => observer.OnChange(this));
        TellBound();
        TellProgress();
        TellNews(publish.Core);
    }

    private void TellNews(FunctionCore core)
    {
        if (core is { IsRetired: true, StopsRetired: false })
        {
            // What runs goes on, and is the next gateway's to tell of.
            return;
        }

        if (FunctionNews.Of(core) is { } news && news.Turn != _turn)
        {
            _turn = news.Turn;
            Tell(observer => observer.OnNews(this, news));
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
        if (runtime.Endpoint is not { } endpoint)
        {
            return;
        }

        if (tier.IsFrozen())
        {
            Tell(observer => observer.OnFreezing(this, endpoint));
        }
        else
        {
            Tell(observer => observer.OnEnding(this, endpoint, runtime.Exited.IsCompleted));
        }
    }

    // Called before anything else can be at the endpoint.
    private void TellEnded(IInstance runtime, Tier tier)
    {
        if (!tier.IsFrozen() && runtime.Endpoint is { } endpoint)
        {
            Tell(observer => observer.OnEnding(this, endpoint, hasEnded: true));
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
