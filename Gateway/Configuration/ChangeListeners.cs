using System.Collections.Immutable;

namespace Gateway.Configuration;

/// <summary>Those who follow the configuration. One that fails is logged and keeps no other from hearing.</summary>
internal sealed class ChangeListeners(ILogger logger)
{
    private ImmutableList<Action<GatewayOptions, GatewayOptions>> _listeners = [];

    /// <summary>Dispose what is returned to hear no more.</summary>
    public IDisposable Add(Action<GatewayOptions, GatewayOptions> listener)
    {
        ImmutableInterlocked.Update(ref _listeners, list => list.Add(listener));
        return new Subscription(this, listener);
    }

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
