namespace Gateway.Lab.Processes;

/// <summary>Keeps the lines that a process writes, of standard output and error in the order of arrival, and lets others wait for a line.</summary>
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

    /// <summary>Ends the output. Everyone who still waits for a line gets null.</summary>
    public void End()
    {
        lock (_lock)
        {
            _ended = true;
            _waiters.ForEach(waiter => waiter.Found.TrySetResult(null));
            _waiters.Clear();
        }
    }

    /// <summary>Waits for the first line that matches, including lines that were written before. Returns null if the output ends without one.</summary>
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
