using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Lab.Clients;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>What functions are spoken to in, and what clients may speak without TLS.</summary>
public sealed class ProtocolTests
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PlainAddresses_TakeHttp1AndHttp2ByPriorKnowledge()
    {
        await using var echo = await EchoFunction.StartAsync();

        foreach (var port in new[] { EchoFunction.Listen, EchoFunction.Shared })
        {
            // The program speaks HTTP/1.1 alone, whatever its client speaks.
            Assert.Equal(("1.1", "HTTP/1.1"), await GetAsync(echo, port, CurlHttpVersion.Http11));
            Assert.Equal(("2", "HTTP/1.1"), await GetAsync(echo, port, CurlHttpVersion.Http2PriorKnowledge));
            Assert.Equal("/x HTTP/1.1", EchoFunction.Line(await echo.SendAsync("PROPFIND /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", port), "PROPFIND "));
        }
    }

    [Fact]
    public async Task Preface_InPieces_IsAnsweredWithSettings()
    {
        await using var echo = await EchoFunction.StartAsync();
        using var socket = await echo.Space.ConnectAsync(new IPEndPoint(IPAddress.Loopback, EchoFunction.Listen), Ended);

        foreach (var piece in new[] { "PRI * HT", "TP/2.0\r\n\r\nSM", "\r\n\r\n\0\0\0\u0004\0\0\0\0\0" })
        {
            await socket.SendAsync(Encoding.Latin1.GetBytes(piece), Ended);
            await Task.Delay(20, Ended);
        }

        var frame = new byte[9];
        for (var length = 0; length < frame.Length;)
        {
            var size = await socket.ReceiveAsync(frame.AsMemory(length), Ended);
            Assert.NotEqual(0, size);
            length += size;
        }

        Assert.Equal(4, frame[3]);
    }

    [Fact]
    public async Task PriorKnowledge_WhereTheUserAllowsHttp1Alone_IsRefused()
    {
        await using var echo = await EchoFunction.StartAsync(more: settings => settings["Kestrel"]!["Endpoints"]!["shared"]!["Protocols"] = "Http1");

        var refused = await Curl.GetAsync(Options(echo, EchoFunction.Shared, CurlHttpVersion.Http2PriorKnowledge));

        Assert.NotEqual(0, refused.ExitCode);
        Assert.Equal(("1.1", "HTTP/1.1"), await GetAsync(echo, EchoFunction.Shared, CurlHttpVersion.Http11));
        Assert.Equal(("2", "HTTP/1.1"), await GetAsync(echo, EchoFunction.Listen, CurlHttpVersion.Http2PriorKnowledge));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("h2c")]
    [InlineData("Auto")]
    public async Task Grpc_BothWaysAtOnceWithTrailers_ReachesAProgramThatSpeaksH2cAlone(string? protocol)
    {
        await using var echo = await EchoFunction.StartAsync(Protocol(protocol), "h2c");

        foreach (var port in new[] { EchoFunction.Listen, EchoFunction.Shared })
        {
            var (pieces, trailer) = await CallAsync(echo, port, ["one", "two", "three"]);

            Assert.Equal(["one", "two", "three"], pieces);
            Assert.Equal("0", trailer);
        }
    }

    [Theory]
    // The configuration says so.
    [InlineData("h2c", "h2c", CurlHttpVersion.Http11, "HTTP/2")]
    [InlineData("h1", "h1", CurlHttpVersion.Http2PriorKnowledge, "HTTP/1.1")]
    // The program was asked.
    [InlineData("Auto", "h2c", CurlHttpVersion.Http11, "HTTP/2")]
    [InlineData("Auto", "h1", CurlHttpVersion.Http11, "HTTP/1.1")]
    [InlineData(null, "h2c", CurlHttpVersion.Http2PriorKnowledge, "HTTP/2")]
    public async Task Program_IsSpokenToInItsProtocol(string? protocol, string program, CurlHttpVersion client, string expected)
    {
        await using var echo = await EchoFunction.StartAsync(Protocol(protocol), program);

        foreach (var port in new[] { EchoFunction.Listen, EchoFunction.Shared })
        {
            Assert.Equal(expected, (await GetAsync(echo, port, client)).Outgoing);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("h2c")]
    [InlineData("Auto")]
    public async Task ReadyPath_OfAProgramThatSpeaksH2cAlone_TellsItsProtocol(string? protocol)
    {
        var function = Protocol(protocol);
        function["Ready"] = new JsonObject { ["Path"] = "/healthz" };
        await using var echo = await EchoFunction.StartAsync(function, "h2c");

        Assert.Equal(("1.1", "HTTP/2"), await GetAsync(echo, EchoFunction.Listen, CurlHttpVersion.Http11));
    }

    [Fact]
    public async Task Protocol_ChangedByAReload_HoldsForTheNextRequest()
    {
        await using var echo = await EchoFunction.StartAsync(Protocol("h1"), "h2c");
        Assert.Contains("400", await echo.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), StringComparison.Ordinal);

        echo.Gateway.UpdateSettings(EchoFunction.Settings(Protocol("h2c"), "h2c"));

        await Eventually.True(async () => (await GetAsync(echo, EchoFunction.Listen, CurlHttpVersion.Http11)).Outgoing == "HTTP/2");
    }

    private static JsonObject Protocol(string? protocol)
    {
        var function = new JsonObject();
        if (protocol is not null)
        {
            function["Protocol"] = protocol;
        }

        return function;
    }

    private static CurlOptions Options(EchoFunction echo, int port, CurlHttpVersion version) =>
        new() { Namespace = echo.Space, Url = $"http://127.0.0.1:{port}/x", HttpVersion = version };

    /// <returns>What curl spoke, and what the function was spoken to in.</returns>
    private static async Task<(string Incoming, string Outgoing)> GetAsync(EchoFunction echo, int port, CurlHttpVersion version)
    {
        var file = Path.GetTempFileName();
        try
        {
            var options = Options(echo, port, version);
            var result = (await Curl.GetAsync(options with { Arguments = ["--output", file] })).ThrowIfFailed();
            return (result.HttpVersion, EchoFunction.Line(await File.ReadAllTextAsync(file, Ended), "GET /x "));
        }
        finally
        {
            File.Delete(file);
        }
    }

    // Each piece is sent when the one before has come back: nothing on the way may wait for the end.
    private static async Task<(List<string> Pieces, string? Trailer)> CallAsync(EchoFunction echo, int port, string[] pieces)
    {
        using var client = echo.Space.CreateHttpClient();
        var body = new PieceContent();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{port}/echo.Echo/Call")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = body,
        };
        request.Content.Headers.ContentType = new("application/grpc");
        request.Headers.TE.Add(new("trailers"));
        var answered = client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ended);
        await body.SendAsync(pieces[0]);
        using var response = await answered;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await using var answer = await response.Content.ReadAsStreamAsync(Ended);
        List<string> received = [];
        var buffer = new byte[64];
        for (var i = 1; i <= pieces.Length; i++)
        {
            received.Add(Encoding.UTF8.GetString(buffer, 0, await answer.ReadAsync(buffer, Ended)));
            if (i < pieces.Length)
            {
                await body.SendAsync(pieces[i]);
            }
        }

        body.End();
        Assert.Equal(0, await answer.ReadAsync(buffer, Ended));
        return (received, response.TrailingHeaders.TryGetValues("grpc-status", out var status) ? status.Single() : null);
    }

    private sealed class PieceContent : HttpContent
    {
        private readonly TaskCompletionSource<Stream> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task SendAsync(string piece)
        {
            var stream = await _stream.Task;
            await stream.WriteAsync(Encoding.UTF8.GetBytes(piece), Ended);
            await stream.FlushAsync(Ended);
        }

        public void End() => _end.SetResult();

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            _stream.SetResult(stream);
            return _end.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
