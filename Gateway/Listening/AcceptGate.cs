namespace Gateway.Listening;

/// <summary>Stops all of Kestrel's listeners from accepting, and lets them go on. Thread safe.</summary>
internal sealed class AcceptGate
{
    private readonly Lock _gate = new();
    private readonly HashSet<ClientListener> _listeners = [];
    private bool _isPaused;
    private volatile bool _keepsSockets;

    /// <summary>Gets or sets whether a listener that Kestrel closes leaves its socket open, because another process uses it or is to use it.</summary>
    public bool KeepsSockets
    {
        get => _keepsSockets;
        set => _keepsSockets = value;
    }

    /// <summary>Adds a listener that Kestrel has opened.</summary>
    public void Add(ClientListener listener)
    {
        lock (_gate)
        {
            _listeners.Add(listener);
            if (_isPaused)
            {
                _ = listener.PauseAsync();
            }
        }
    }

    /// <summary>Removes a listener that Kestrel has closed.</summary>
    public void Remove(ClientListener listener)
    {
        lock (_gate)
        {
            _listeners.Remove(listener);
        }
    }

    /// <summary>Stops accepting. Connections wait in the sockets' queues from here on.</summary>
    /// <returns>A task that completes when no accept is under way.</returns>
    public Task PauseAsync()
    {
        lock (_gate)
        {
            _isPaused = true;
            return Task.WhenAll(_listeners.Select(static listener => listener.PauseAsync()));
        }
    }

    /// <summary>Closes all listeners at once, or leaves their sockets open (<see cref="KeepsSockets"/>), while connections go on.</summary>
    public Task UnbindAsync()
    {
        ClientListener[] listeners;
        lock (_gate)
        {
            listeners = [.. _listeners];
        }

        return Task.WhenAll(listeners.Select(static listener => listener.UnbindAsync().AsTask()));
    }

    /// <summary>Goes on accepting.</summary>
    public void Resume()
    {
        lock (_gate)
        {
            _isPaused = false;
            foreach (var listener in _listeners)
            {
                listener.Resume();
            }
        }
    }
}
