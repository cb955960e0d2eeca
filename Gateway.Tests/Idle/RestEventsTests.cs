using System.Text;
using Gateway.Activation;
using Gateway.Idle;
using Gateway.Model;
using Gateway.Telemetry;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Tests.Idle;

public sealed class RestEventsTests
{
    private readonly GatewayMetrics _metrics = new(Prometheus.Metrics.NewCustomRegistry());
    private readonly Lines _lines = new();

    [Fact]
    public async Task Events_OfAFunction_AreLinesAndSeriesUntilItIsForgotten()
    {
        var events = new RestEvents(_metrics, _lines);
        events.Decided("hello", new RestDecision(Tier.Paused, "Paused: wakes in 19 ms p95"), RestCause.Hidden);
        events.Probing("hello", Tier.Stopped);
        events.Expecting("hello");
        _metrics.Memory("hello", 4096);

        Assert.Equal(["hello rests Paused: wakes in 19 ms p95"], _lines.All);
        var text = await TextAsync();
        Assert.Contains("gateway_rest_decisions_total{function=\"hello\",tier=\"Paused\",cause=\"Hidden\"} 1", text, StringComparison.Ordinal);
        Assert.Contains("gateway_probe_wakes_total{function=\"hello\",tier=\"Stopped\"} 1", text, StringComparison.Ordinal);
        Assert.Contains("gateway_expected_wakes_total{function=\"hello\"} 1", text, StringComparison.Ordinal);
        Assert.Contains("gateway_instance_memory_bytes{function=\"hello\"} 4096", text, StringComparison.Ordinal);

        _metrics.Forget("hello");

        Assert.DoesNotContain("hello", await TextAsync(), StringComparison.Ordinal);
    }

    private async Task<string> TextAsync()
    {
        using var stream = new MemoryStream();
        await _metrics.Registry.CollectAndExportAsTextAsync(stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private sealed class Lines : ILogger<RestEvents>
    {
        public List<string> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Add(formatter(state, exception));
    }
}
