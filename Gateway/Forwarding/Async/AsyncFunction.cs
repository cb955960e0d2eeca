using Gateway.Configuration;

namespace Gateway.Forwarding.Async;

/// <summary>A function whose clients need not wait for its answers: its options, and how much is kept for it.</summary>
internal sealed class AsyncFunction(string name, AsyncOptions options)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<AsyncRequest> _done = [];
    private long _size;

    public string Name => name;

    public AsyncOptions Options { get; private set; } = options;

    /// <summary>The requests that may be inside the function.</summary>
    public SemaphoreSlim Turns { get; private set; } = new(options.AtOnce);

    /// <summary>Where requests are kept; null means in the memory.</summary>
    public AsyncFolder? Folder { get; set; }

    /// <summary>The path of <see cref="Folder"/>.</summary>
    public string? Path { get; set; }

    /// <summary>Whether requests are to be kept in a folder that cannot be used.</summary>
    public bool IsBroken => Path is not null && Folder is null;

    /// <summary>Takes changed options. Requests that wait for their turn already have it by the former ones.</summary>
    public void Update(AsyncOptions changed)
    {
        if (changed.AtOnce != Options.AtOnce)
        {
            Turns = new(changed.AtOnce);
        }

        Options = changed;
    }

    /// <summary>Takes room for the body of a request.</summary>
    /// <returns>Returns false if there is none.</returns>
    public bool TryTake(long size)
    {
        lock (_gate)
        {
            if (_size + size > Options.MaxSize)
            {
                return false;
            }

            _size += size;
            return true;
        }
    }

    /// <summary>Takes room for what has had it already, in an earlier gateway, however much there is.</summary>
    public void Add(long size) => Give(-size);

    /// <summary>Gives room back.</summary>
    public void Give(long size)
    {
        lock (_gate)
        {
            _size -= size;
        }
    }

    /// <summary>Takes room for an answer in the place of its request. If there is none, the oldest answers make it.</summary>
    /// <returns>Returns the requests whose answers are to be forgotten.</returns>
    public IReadOnlyList<AsyncRequest> Take(AsyncRequest request, long size)
    {
        lock (_gate)
        {
            _size += size - request.Size;
            request.Size = size;
            List<AsyncRequest> oldest = [];
            var over = _size - Options.MaxSize;
            for (var node = _done.First; node is not null && over > 0; node = node.Next)
            {
                oldest.Add(node.Value);
                over -= node.Value.Size;
            }

            _done.AddLast(request);
            return oldest;
        }
    }

    /// <summary>Notes that a request is forgotten.</summary>
    public void Forget(AsyncRequest request)
    {
        lock (_gate)
        {
            _done.Remove(request);
            _size -= request.Size;
            request.Size = 0;
        }
    }
}
