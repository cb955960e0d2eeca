using Gateway.Forwarding;
using Gateway.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Tests.Forwarding;

public sealed class RepeatedErrorsTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Flood_OfOneKind_IsALineAndANumber()
    {
        var logger = new Recorder();
        using var errors = new RepeatedErrors(_time, logger);

        for (var i = 0; i < 1000; i++)
        {
            errors.Report("kind", "hello", $"no {i}", () => logger.Messages.Add("told"));
        }

        Assert.Single(logger.Messages);
        _time.Advance(RepeatedLines<(string, string)>.Window);
        Assert.Equal(2, logger.Messages.Count);
        Assert.Contains("999 more", logger.Messages[1], StringComparison.Ordinal);
        Assert.Contains("no 999", logger.Messages[1], StringComparison.Ordinal);
    }

    [Fact]
    public void OneOfAKind_IsToldOnce_AndTheNextWindowBeginsAnew()
    {
        var logger = new Recorder();
        using var errors = new RepeatedErrors(_time, logger);

        errors.Report("kind", "hello", "first", () => logger.Messages.Add("first"));
        errors.Report("kind", "other", "second", () => logger.Messages.Add("second"));
        _time.Advance(RepeatedLines<(string, string)>.Window);
        errors.Report("kind", "hello", "third", () => logger.Messages.Add("third"));

        Assert.Equal(3, logger.Messages.Count);
    }

    private sealed class Recorder : ILogger<RepeatedErrors>
    {
        public List<string> Messages { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Messages.Add(formatter(state, exception));
    }
}
