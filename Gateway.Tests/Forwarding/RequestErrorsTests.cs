using System.Text;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Forwarding;
using Gateway.Forwarding.Reports;
using Gateway.Telemetry.AccessLogs;
using Gateway.Tests.Activation;
using Gateway.WarmUp;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Tests.Forwarding;

public sealed class RequestErrorsTests
{
    private readonly List<string> _log = [];

    [Fact]
    public async Task Exception_ThatNobodyHandles_Is500WithProblemDetails_AndOneLine()
    {
        var context = new DefaultHttpContext { Response = { Body = new MemoryStream() } };

        await Errors(_ => throw new InvalidOperationException("Some\nthing.", new FormatException("The cause."))).InvokeAsync(context);

        Assert.Equal(500, context.Response.StatusCode);
        Assert.Contains("internal-error", Encoding.UTF8.GetString(((MemoryStream)context.Response.Body).ToArray()), StringComparison.Ordinal);
        var line = Assert.Single(_log);
        Assert.Contains("Some thing: The cause. (InvalidOperationException in ", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
    }

    [Fact]
    public async Task ClientThatLeft_IsNoFailure()
    {
        var context = new DefaultHttpContext { RequestAborted = new CancellationToken(canceled: true) };

        await Errors(_ => Task.FromException(new OperationCanceledException())).InvokeAsync(context);

        Assert.Empty(_log);
    }

    [Fact]
    public async Task BrokenRequest_IsAnsweredAndTheConnectionClosed_WithoutALine()
    {
        var context = new DefaultHttpContext { Response = { Body = new MemoryStream() } };

        await Errors(_ => Task.FromException(new BadHttpRequestException("broken", 408))).InvokeAsync(context);

        Assert.Equal((408, "close"), (context.Response.StatusCode, context.Response.Headers.Connection.ToString()));
        Assert.Empty(_log);
    }

    private RequestErrors Errors(RequestDelegate next) =>
        new(next, Reports(), new RepeatedErrors(new FakeTimeProvider(), NullLogger<RepeatedErrors>.Instance), TimeProvider.System, new Recorder(_log));

    private static RequestReports Reports()
    {
        var bench = new FunctionBench();
        var log = new AccessLog(() => new AccessLogOptions(), Path.GetTempPath(), bench.Metrics.Registry, TimeProvider.System, NullLogger<AccessLog>.Instance);
        return new RequestReports(new FunctionRegistry(bench.Services), bench.Metrics, log, new WarmUpFunction(), TimeProvider.System, NullLogger<RequestReports>.Instance);
    }

    private sealed class Recorder(List<string> log) : ILogger<RequestErrors>
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Add(formatter(state, exception));
    }
}
