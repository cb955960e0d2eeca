namespace Gateway.Lab.Processes;

/// <summary>The lines that a process wrote, and those who wait for one. Standard output and error in order of arrival.</summary>
internal sealed class ProcessOutput
{
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];
    private readonly List<Waiter> _waiters = [];
    private bool _ended;

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    public void Add(string line)
    {
        lock (_lock)
        {
            _lines.Add(line);
            foreach (var waiter in _waiters.FindAll(waiter => waiter.Matches(line)))
            {
                waiter.Found.TrySetResult(line);
                _waiters.Remove(waiter);
            }
        }
    }

    /// <summary>No more lines will come: whoever still waits gets null.</summary>
    public void End()
    {
        lock (_lock)
        {
            _ended = true;
            _waiters.ForEach(waiter => waiter.Found.TrySetResult(null));
            _waiters.Clear();
        }
    }

    /// <summary>The first line that matches, of those that came and those to come; null when the output ended without one.</summary>
    public Task<string?> FindAsync(Predicate<string> matches)
    {
        lock (_lock)
        {
            if (_lines.Find(matches) is { } line)
            {
                return Task.FromResult<string?>(line);
            }

            if (_ended)
            {
                return Task.FromResult<string?>(null);
            }

            var waiter = new Waiter(matches);
            _waiters.Add(waiter);
            return waiter.Found.Task;
        }
    }

    private sealed record Waiter(Predicate<string> Matches)
    {
        public TaskCompletionSource<string?> Found { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
