namespace Gateway.Admin.Webhooks;

/// <summary>
/// What is to be sent to one receiver. Of a function one event at a time is under way, so that they come in their order; those of several functions are sent side by side. If there are too many the
/// oldest is dropped.
/// </summary>
internal sealed class WebhookQueue(int most)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<WebhookMessage> _waiting = [];
    private readonly HashSet<string> _underWay = new(StringComparer.OrdinalIgnoreCase);
    private bool _isClosed;

    /// <summary>Gets whether nothing waits or is under way.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count == 0 && _underWay.Count == 0;
            }
        }
    }

    /// <summary>Adds an event.</summary>
    /// <returns>Returns the event that is dropped: the oldest one if there are too many, this one if the queue is closed, else null.</returns>
    public WebhookMessage? Add(WebhookMessage message)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return message;
            }

            _waiting.AddLast(message);
            if (_waiting.Count <= most)
            {
                return null;
            }

            var oldest = _waiting.First!.Value;
            _waiting.RemoveFirst();
            return oldest;
        }
    }

    /// <summary>Takes no more events from now on.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
        }
    }

    /// <summary>Takes the oldest event whose function has none under way, unless there is none or <paramref name="atOnce"/> are under way already.</summary>
    public WebhookMessage? Take(int atOnce)
    {
        lock (_gate)
        {
            for (var node = _underWay.Count < atOnce ? _waiting.First : null; node is not null; node = node.Next)
            {
                if (_underWay.Add(node.Value.Subject))
                {
                    _waiting.Remove(node);
                    return node.Value;
                }
            }

            return null;
        }
    }

    /// <summary>Notes that an event is under way no more, whatever became of it.</summary>
    public void Done(WebhookMessage message)
    {
        lock (_gate)
        {
            _underWay.Remove(message.Subject);
        }
    }

    /// <summary>Drops what waits, and returns how many events that were.</summary>
    public int Clear()
    {
        lock (_gate)
        {
            var count = _waiting.Count;
            _waiting.Clear();
            return count;
        }
    }
}
