using System.Collections.Concurrent;
using Gateway.Configuration;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Tests.Configuration;

/// <summary>Records what the monitor logs.</summary>
internal sealed class RecordingLogger : ILogger<ConfigurationMonitor>
{
    private readonly ConcurrentQueue<(LogLevel Level, EventId Id, string Text)> _entries = new();
    private Action<string?>? _logged;

    public IReadOnlyCollection<(LogLevel Level, EventId Id, string Text)> Entries => _entries;

    /// <summary>The names of the events that were logged, in order.</summary>
    public IEnumerable<string?> Names => _entries.Select(entry => entry.Id.Name);

    /// <summary>Returns a task that completes when the next event of that name is logged.</summary>
    public Task Wait(string name)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _logged += logged =>
        {
            if (logged == name)
            {
                done.TrySetResult();
            }
        };
        return done.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _entries.Enqueue((logLevel, eventId, formatter(state, exception)));
        _logged?.Invoke(eventId.Name);
    }
}
