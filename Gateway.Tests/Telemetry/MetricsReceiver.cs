using System.Collections.Concurrent;
using System.Text;
using Gateway.Lab.Networking;

namespace Gateway.Tests.Telemetry;

/// <summary>One export as it came.</summary>
internal sealed record ReceivedExport(string Head, string Body, long At);

/// <summary>A collector of OTLP/HTTP with JSON in a network namespace. It answers as a test says.</summary>
internal sealed class MetricsReceiver : IAsyncDisposable
{
    public const int Port = 4319;
    public const string Taken = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

    private readonly HttpReceiver _server;

    public MetricsReceiver(NetworkNamespace space) => _server = new HttpReceiver(space, Port, request =>
    {
        var answer = Answer;
        Exports.Enqueue(new ReceivedExport(request.Head, Encoding.UTF8.GetString(request.Body), request.At));
        return answer;
    });

    /// <summary>Gets or sets the answer; null for none, however long the gateway waits.</summary>
    public volatile string? Answer = Taken;

    public ConcurrentQueue<ReceivedExport> Exports { get; } = new();

    /// <summary>Whether two exports were ever under way at once.</summary>
    public bool HasOverlapped => _server.HasOverlapped;

    public static string Refusing(string status, string more = "", string body = "") => HttpReceiver.Answer(status, more, body);

    /// <summary>Waits for an export that is as it should be.</summary>
    public async Task<OtlpJson> WaitAsync(Func<OtlpJson, bool> isRight)
    {
        OtlpJson? right = null;
        await Eventually.True(
            () =>
            {
                right = Exports.Reverse().Take(1).Select(export => OtlpJson.Read(export.Body)).FirstOrDefault(isRight);
                return right is not null;
            },
            "the export comes");
        return right!;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
