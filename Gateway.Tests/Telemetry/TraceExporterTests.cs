using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Telemetry;
using Gateway.Telemetry.Tracing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Tests.Telemetry;

/// <summary>Two gateways in one process, whose sources have the same names.</summary>
public sealed class TraceExporterTests
{
    [Fact]
    public async Task Exporters_InOneProcess_SendTheSpansOfTheirOwnGatewayOnly()
    {
        await using var one = new OneGateway("one");
        await using var two = new OneGateway("two");

        one.ColdStart("of-one");
        two.Request("of-two");
        one.Request("of-one");
        two.ColdStart("of-two");
        // Each sends what is left.
        one.Exporter.Dispose();
        two.Exporter.Dispose();

        Assert.Equal(["cold start of of-one", "of-one"], one.Names);
        Assert.Equal(["cold start of of-two", "of-two"], two.Names);
    }

    private sealed class OneGateway : IAsyncDisposable
    {
        private readonly OtlpReceiver _collector;
        private readonly ColdStartLog _log = new();
        private readonly ActivitySource _requests = new("Microsoft.AspNetCore");

        public OneGateway(string name)
        {
            var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen();
            _collector = new OtlpReceiver(listener);
            var options = new TracingOptions { Endpoint = new Uri($"http://{listener.LocalEndPoint}"), Requests = true };
            Exporter = new TraceExporter(options, name, _log, _requests, _ => true, TimeProvider.System, NullLogger<TraceExporter>.Instance);
        }

        public TraceExporter Exporter { get; }

        public IEnumerable<string> Names => _collector.Spans.Select(span => span.Name).Order(StringComparer.Ordinal);

        public void ColdStart(string function) =>
            _log.Add(new ColdStart(function, new Signal(SignalKind.Request, TimeProvider.System.GetTimestamp(), Client: null), Tier.Stopped, TimeProvider.System.GetUtcNow()));

        public void Request(string name) => _requests.StartActivity(name, ActivityKind.Server)!.Dispose();

        public async ValueTask DisposeAsync()
        {
            Exporter.Dispose();
            _requests.Dispose();
            await _collector.DisposeAsync();
        }
    }
}
