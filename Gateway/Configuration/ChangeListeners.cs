using System.Collections.Immutable;

namespace Gateway.Configuration;

/// <summary>The listeners that follow the configuration. If one throws, the exception is logged and the others are called nevertheless.</summary>
internal sealed class ChangeListeners(ILogger logger)
{
    private ImmutableList<Action<GatewayOptions, GatewayOptions>> _listeners = [];

    /// <summary>Adds a listener, which is called until the returned object is disposed.</summary>
    public IDisposable Add(Action<GatewayOptions, GatewayOptions> listener)
    {
        ImmutableInterlocked.Update(ref _listeners, list => list.Add(listener));
        return new Subscription(this, listener);
    }

    /// <summary>Calls the listeners one after another on this thread.</summary>
    public void Tell(GatewayOptions old, GatewayOptions good)
    {
        foreach (var listener in Volatile.Read(ref _listeners))
        {
            try
            {
                listener(old, good);
            }
            catch (Exception exception)
            {
                logger.ListenerFailed(exception);
            }
        }
    }

    private sealed class Subscription(ChangeListeners listeners, Action<GatewayOptions, GatewayOptions> listener) : IDisposable
    {
        public void Dispose() => ImmutableInterlocked.Update(ref listeners._listeners, list => list.Remove(listener));
    }
}
