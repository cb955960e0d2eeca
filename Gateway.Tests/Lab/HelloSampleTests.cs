using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Gateway.Lab.Processes;
using Xunit;

namespace Gateway.Tests.Lab;

public sealed class HelloSampleTests : IAsyncLifetime
{
    private readonly NetworkNamespace _space = NetworkNamespace.Create();
    private readonly HttpClient _client;
    private LabProcess _hello = null!;

    public HelloSampleTests()
    {
        _client = _space.CreateHttpClient();
        _client.BaseAddress = new Uri("http://127.0.0.1:8080");
    }

    public async ValueTask InitializeAsync() => _hello = await HelloSample.StartAsync(_space);

    [Fact]
    public async Task Healthz_Ready_Is200()
    {
        Assert.Equal("ok\n", await _client.GetStringAsync("/healthz"));
    }

    [Fact]
    public async Task Any_TwoProcesses_InstanceHeaderTellsThemApart()
    {
        await using var other = await HelloSample.StartAsync(_space, 8081);

        var first = await InstanceAsync("/");
        var second = await InstanceAsync("http://127.0.0.1:8081/nothing");

        Assert.StartsWith($"{_hello.Id}-", first, StringComparison.Ordinal);
        Assert.StartsWith($"{other.Id}-", second, StringComparison.Ordinal);
        Assert.Equal(first, await InstanceAsync("/echo"));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(3, true)]
    [InlineData(1_000_000, false)]
    [InlineData(1_000_000, true)]
    public async Task Echo_Body_ComesBack(int size, bool chunked)
    {
        var body = RandomNumberGenerator.GetBytes(size);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/echo") { Content = new ByteArrayContent(body) };
        request.Headers.TransferEncodingChunked = chunked;

        using var response = await _client.SendAsync(request);

        Assert.Equal(body, await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Echo_ExpectContinue_IsAskedFor()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/echo") { Content = new StringContent("waited") };
        request.Headers.ExpectContinue = true;

        using var response = await _client.SendAsync(request);

        Assert.Equal("waited", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Post_BodyNobodyWants_IsReadAndTheConnectionGoesOn()
    {
        for (var i = 0; i < 3; i++)
        {
            using var response = await _client.PostAsync("/", new ByteArrayContent(new byte[300_000]));
            Assert.Equal("hello\n", await response.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task Pipelined_ThreeRequests_AreAnsweredInOrder()
    {
        using var socket = await _space.ConnectAsync(new IPEndPoint(IPAddress.Loopback, 8080));
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            "GET /slow?ms=30 HTTP/1.1\r\nHost: x\r\n\r\nHEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));

        var answers = await new StreamReader(stream).ReadToEndAsync();

        int[] places = [.. new[] { "slow\n", "Content-Length: 6", "404 Not Found" }.Select(part => answers.IndexOf(part, StringComparison.Ordinal))];
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
        Assert.DoesNotContain("hello\n", answers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_MoreThanItsBuffers_AreAll_AndTheConnectionGoesOn()
    {
        Assert.Equal(3_000_001, (await _client.GetByteArrayAsync("/bytes?n=3000001")).Length);
        Assert.Equal("", await _client.GetStringAsync("/bytes?n=0"));
        Assert.Equal("hello\n", await _client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Slow_Milliseconds_AnswersNotSooner()
    {
        var started = Stopwatch.GetTimestamp();

        Assert.Equal("slow\n", await _client.GetStringAsync("/slow?ms=80"));

        Assert.True(Stopwatch.GetElapsedTime(started).TotalMilliseconds >= 80);
    }

    [Fact]
    public async Task Stream_Pieces_ComeOneByOne()
    {
        var started = Stopwatch.GetTimestamp();
        using var response = await _client.GetAsync("/stream?n=4&ms=30", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        List<TimeSpan> times = [];
        while (await reader.ReadLineAsync() is { } line)
        {
            Assert.Equal("piece", line);
            times.Add(Stopwatch.GetElapsedTime(started));
        }

        Assert.Equal(4, times.Count);
        Assert.True(times[3].TotalMilliseconds >= 90);
        Assert.True(times[3] - times[0] >= TimeSpan.FromMilliseconds(20), "the pieces came at once");
        Assert.True(response.Headers.TransferEncodingChunked);
    }

    [Fact]
    public async Task Crash_Asked_EndsWithOne()
    {
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => _client.GetAsync("/crash"));

        Assert.Equal(1, await _hello.Exited);
    }

    [Fact]
    public async Task Terminate_Running_EndsWithZero()
    {
        _hello.Terminate();

        Assert.Equal(0, await _hello.Exited);
    }

    [Fact]
    public async Task BadRequest_NotHttp_Is400()
    {
        using var socket = await _space.ConnectAsync(new IPEndPoint(IPAddress.Loopback, 8080));
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync("nonsense\r\n\r\n"u8.ToArray());

        Assert.StartsWith("HTTP/1.1 400 ", await new StreamReader(stream).ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WebSocket_Messages_ComeBack()
    {
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri("ws://127.0.0.1:8080/ws"), _client, CancellationToken.None);
        foreach (var size in new[] { 0, 5, 125, 126, 65535, 65536, 300_000 })
        {
            var message = RandomNumberGenerator.GetBytes(size);
            await socket.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
            Assert.Equal(message, await ReceiveAsync(socket));
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", CancellationToken.None);

        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
    }

    [Fact]
    public async Task WebSocket_PlainGet_Is426()
    {
        using var response = await _client.GetAsync("/ws");

        Assert.Equal(HttpStatusCode.UpgradeRequired, response.StatusCode);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _hello.DisposeAsync();
        _space.Dispose();
    }

    private static async Task<byte[]> ReceiveAsync(ClientWebSocket socket)
    {
        using var message = new MemoryStream();
        var buffer = new byte[16384];
        WebSocketReceiveResult result;
        do
        {
            result = await socket.ReceiveAsync(buffer, CancellationToken.None);
            message.Write(buffer, 0, result.Count);
        }
        while (!result.EndOfMessage);
        return message.ToArray();
    }

    private async Task<string> InstanceAsync(string path)
    {
        using var response = await _client.GetAsync(path);
        return Assert.Single(response.Headers.GetValues("X-Instance"));
    }
}
