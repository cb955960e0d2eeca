using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Lab.Clients;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>What functions are spoken to in, and what clients may speak without TLS.</summary>
[SideBySide]
public sealed class ProtocolTests(ProtocolTests.Fixture fixture) : IClassFixture<ProtocolTests.Fixture>
{
    private readonly EchoFunction _echo = fixture.Echo;

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PlainAddresses_TakeHttp1AndHttp2ByPriorKnowledge()
    {
        foreach (var port in new[] { EchoFunction.Listen, EchoFunction.Shared })
        {
            // The program speaks HTTP/1.1 alone, whatever its client speaks.
            Assert.Equal(("1.1", "HTTP/1.1"), await GetAsync(_echo, port, CurlHttpVersion.Http11));
            Assert.Equal(("2", "HTTP/1.1"), await GetAsync(_echo, port, CurlHttpVersion.Http2PriorKnowledge));
            Assert.Equal("/x HTTP/1.1", EchoFunction.Line(await _echo.SendAsync("PROPFIND /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", port), "PROPFIND "));
        }
    }

    [Fact]
    public async Task Preface_InPieces_IsAnsweredWithSettings()
    {
        using var socket = await _echo.Space.ConnectAsync(new IPEndPoint(IPAddress.Loopback, EchoFunction.Listen), Ended);
        socket.NoDelay = true;

        foreach (var piece in new[] { "PRI * HT", "TP/2.0\r\n\r\nSM", "\r\n\r\n\0\0\0\u0004\0\0\0\0\0" })
        {
            await socket.SendAsync(Encoding.Latin1.GetBytes(piece), Ended);
            // So that they arrive one by one. All at once they would be answered as well.
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

        var refused = await Curl.GetAsync(Options(echo, EchoFunction.Shared, CurlHttpVersion.Http2PriorKnowledge, "echo"));

        Assert.NotEqual(0, refused.ExitCode);
        Assert.Equal(("1.1", "HTTP/1.1"), await GetAsync(echo, EchoFunction.Shared, CurlHttpVersion.Http11));
        Assert.Equal(("2", "HTTP/1.1"), await GetAsync(echo, EchoFunction.Listen, CurlHttpVersion.Http2PriorKnowledge));
    }

    [Theory]
    [InlineData("left-h2c")]
    [InlineData("h2c-h2c")]
    [InlineData("Auto-h2c")]
    public async Task Grpc_BothWaysAtOnceWithTrailers_ReachesAProgramThatSpeaksH2cAlone(string function)
    {
        foreach (var port in Fixture.PortsOf(function))
        {
            var (pieces, trailer) = await CallAsync(function, port, ["one", "two", "three"]);

            Assert.Equal(["one", "two", "three"], pieces);
            Assert.Equal("0", trailer);
        }
    }

    [Theory]
    // The configuration says so.
    [InlineData("h2c-h2c", CurlHttpVersion.Http11, "HTTP/2")]
    [InlineData("h1-h1", CurlHttpVersion.Http2PriorKnowledge, "HTTP/1.1")]
    // The program was asked.
    [InlineData("Auto-h2c", CurlHttpVersion.Http11, "HTTP/2")]
    [InlineData("Auto-h1", CurlHttpVersion.Http11, "HTTP/1.1")]
    [InlineData("left-h2c", CurlHttpVersion.Http2PriorKnowledge, "HTTP/2")]
    // Ready:Path has told.
    [InlineData("left-h2c-ready", CurlHttpVersion.Http11, "HTTP/2")]
    [InlineData("h2c-h2c-ready", CurlHttpVersion.Http11, "HTTP/2")]
    [InlineData("Auto-h2c-ready", CurlHttpVersion.Http11, "HTTP/2")]
    public async Task Program_IsSpokenToInItsProtocol(string function, CurlHttpVersion client, string expected)
    {
        foreach (var port in Fixture.PortsOf(function))
        {
            Assert.Equal(expected, (await GetAsync(_echo, port, client, function)).Outgoing);
        }
    }

    [Fact]
    public async Task Protocol_ChangedByAReload_HoldsForTheNextRequest()
    {
        await using var echo = await EchoFunction.StartAsync(new JsonObject { ["Protocol"] = "h1" }, "h2c");
        Assert.Contains("400", await echo.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), StringComparison.Ordinal);

        echo.Gateway.UpdateSettings(EchoFunction.Settings(new JsonObject { ["Protocol"] = "h2c" }, "h2c"));

        await Eventually.True(async () => (await GetAsync(echo, EchoFunction.Listen, CurlHttpVersion.Http11)).Outgoing == "HTTP/2");
    }

    private static CurlOptions Options(EchoFunction echo, int port, CurlHttpVersion version, string function) =>
        new() { Namespace = echo.Space, Url = $"http://{function}.example:{port}/x", Resolve = IPAddress.Loopback, HttpVersion = version };

    /// <returns>What curl spoke, and what the function was spoken to in.</returns>
    private static async Task<(string Incoming, string Outgoing)> GetAsync(EchoFunction echo, int port, CurlHttpVersion version, string function = "echo")
    {
        var file = Path.GetTempFileName();
        try
        {
            var options = Options(echo, port, version, function);
            var result = (await Curl.GetAsync(options with { Arguments = ["--output", file] })).ThrowIfFailed();
            return (result.HttpVersion, EchoFunction.Line(await File.ReadAllTextAsync(file, Ended), "GET /x "));
        }
        finally
        {
            File.Delete(file);
        }
    }

    // Each piece is sent when the one before has come back: nothing on the way may wait for the end.
    private async Task<(List<string> Pieces, string? Trailer)> CallAsync(string function, int port, string[] pieces)
    {
        using var client = _echo.Space.CreateHttpClient();
        var body = new PieceContent();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{port}/echo.Echo/Call")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = body,
        };
        request.Content.Headers.ContentType = new("application/grpc");
        request.Headers.Host = $"{function}.example";
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

    /// <summary>A body that is sent piece by piece, when the test says so.</summary>
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

    /// <summary>
    /// A gateway with a function of each kind. The names say which Protocol is configured, which one the program speaks, and whether there is a
    /// Ready:Path.
    /// </summary>
    public sealed class Fixture : IAsyncLifetime
    {
        private const int First = 8091;

        private static readonly string[] Functions = ["left-h2c", "h2c-h2c", "Auto-h2c", "Auto-h1", "h1-h1", "left-h2c-ready", "h2c-h2c-ready", "Auto-h2c-ready"];

        internal EchoFunction Echo { get; private set; } = null!;

        /// <summary>Returns the function's own port and the shared one.</summary>
        public static int[] PortsOf(string function) => [First + Array.IndexOf(Functions, function), EchoFunction.Shared];

        public async ValueTask InitializeAsync() => Echo = await EchoFunction.StartAsync(more: settings =>
        {
            foreach (var name in Functions)
            {
                var words = name.Split('-');
                var function = new JsonObject { ["Listen"] = new JsonArray($"http://*:{PortsOf(name)[0]}") };
                if (words[0] != "left")
                {
                    function["Protocol"] = words[0];
                }

                if (words.Length > 2)
                {
                    function["Ready"] = new JsonObject { ["Path"] = "/healthz" };
                }

                var one = EchoFunction.Settings(function, words[1]);
                settings["Gateway"]!["Functions"]![name] = one["Gateway"]!["Functions"]!["echo"]!.DeepClone();
                settings["ReverseProxy"]!["Routes"]![name] = new JsonObject { ["ClusterId"] = name, ["Match"] = new JsonObject { ["Hosts"] = new JsonArray($"{name}.example") } };
            }
        });

        public ValueTask DisposeAsync() => Echo.DisposeAsync();
    }
}
