using System.Net;
using System.Net.Sockets;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Forwarding;
using Gateway.Readiness;
using Gateway.Runtimes.Process;
using Gateway.Tests.Activation;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Tests.Forwarding;

/// <summary>The probe's connection becomes the forwarder's first, over real sockets on loopback.</summary>
public sealed class FirstConnectionsTests : IDisposable
{
    private static readonly FunctionOptions s_function = new() { Name = "hello", Run = new ProcessRunOptions() };

    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly FakeTimeProvider _time = new();
    private readonly InstanceConnections _open = new();
    private readonly FirstConnections _first;
    private readonly ReadinessProbe _probe;
    private readonly HttpClient _client;

    public FirstConnectionsTests()
    {
        _server.Start();
        _first = new FirstConnections(_time, _open);
        _probe = new ReadinessProbe(TimeProvider.System, _first, new InstanceProtocols(TimeProvider.System));
        _client = new HttpClient(new SocketsHttpHandler { UseProxy = false, ConnectCallback = (target, cancellation) => _first.ConnectAsync(target, cluster: null, cancellation) });
    }

    private IPEndPoint Endpoint => (IPEndPoint)_server.LocalEndpoint;

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ConnectAsync_AfterTheProbe_UsesTheProbesConnection()
    {
        Assert.True(await _probe.AnswersAsync(Endpoint, s_function, Ended));
        using var probed = await _server.AcceptTcpClientAsync(Ended);

        var answer = _client.GetStringAsync(new Uri($"http://{Endpoint}/"), Ended);
        await AnswerAsync(probed, "first");

        Assert.Equal("first", await answer);
        Assert.False(_server.Pending());
    }

    [Fact]
    public async Task ConnectAsync_TheProgramHasClosedIt_MakesAnother()
    {
        Assert.True(await _probe.AnswersAsync(Endpoint, s_function, Ended));
        (await _server.AcceptTcpClientAsync(Ended)).Dispose();

        var answer = _client.GetStringAsync(new Uri($"http://{Endpoint}/"), Ended);
        using var second = await _server.AcceptTcpClientAsync(Ended);
        await AnswerAsync(second, "second");

        Assert.Equal("second", await answer);
    }

    [Fact]
    public async Task Offer_NobodyTakesIt_IsClosedInTime()
    {
        Assert.True(await _probe.AnswersAsync(Endpoint, s_function, Ended));
        using var probed = await _server.AcceptTcpClientAsync(Ended);

        _time.Advance(FirstConnections.KeepTime);

        Assert.Equal(0, await probed.GetStream().ReadAsync(new byte[1], Ended));
    }

    [Fact]
    public async Task Offer_AnotherForTheSameAddress_ClosesTheOlder()
    {
        Assert.True(await _probe.AnswersAsync(Endpoint, s_function, Ended));
        using var older = await _server.AcceptTcpClientAsync(Ended);

        Assert.True(await _probe.AnswersAsync(Endpoint, s_function, Ended));

        Assert.Equal(0, await older.GetStream().ReadAsync(new byte[1], Ended));
    }

    [Fact]
    public async Task OnEnding_KeptForTheFirstRequest_IsClosed()
    {
        Assert.True(await _probe.AnswersAsync(Endpoint, s_function, Ended));
        using var probed = await _server.AcceptTcpClientAsync(Ended);

        _first.OnEnding(Function, Endpoint, hasEnded: false);

        Assert.Equal(0, await probed.GetStream().ReadAsync(new byte[1], Ended));
    }

    [Fact]
    public async Task OnEnding_IdleInThePool_IsClosedAndTheNextRequestConnectsAnew()
    {
        using var used = await UsedAsync();
        Assert.Equal(1, _open.Count(Endpoint));

        _open.OnEnding(Function, Endpoint, hasEnded: false);

        Assert.Equal(0, await used.GetStream().ReadAsync(new byte[1], Ended));
        Assert.Equal(0, _open.Count(Endpoint));
        var answer = _client.GetStringAsync(new Uri($"http://{Endpoint}/"), Ended);
        using var next = await _server.AcceptTcpClientAsync(Ended);
        await AnswerAsync(next, "next");
        Assert.Equal("next", await answer);
    }

    [Fact]
    public async Task OnEnding_TheProgramHasEnded_IsResetSoThatNothingIsRepeated()
    {
        using var used = await UsedAsync();

        _open.OnEnding(Function, Endpoint, hasEnded: true);

        var error = await Assert.ThrowsAsync<IOException>(() => used.GetStream().ReadAsync(new byte[1], Ended).AsTask());
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
        Assert.Equal(0, _open.Count(Endpoint));
    }

    [Fact]
    public async Task ConnectAsync_ClosedByThePool_IsForgotten()
    {
        using var used = await UsedAsync();

        _client.Dispose();

        Assert.Equal(0, await used.GetStream().ReadAsync(new byte[1], Ended));
        await Eventually.True(() => _open.Count(Endpoint) == 0);
    }

    [Fact]
    public async Task AnswersAsync_NobodyListens_SaysNotYet()
    {
        _server.Stop();
        using var free = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        free.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        Assert.False(await _probe.AnswersAsync((IPEndPoint)free.LocalEndPoint!, s_function, Ended));
    }

    public void Dispose()
    {
        _client.Dispose();
        _probe.Dispose();
        _first.Dispose();
        _server.Dispose();
    }

    private static Function Function => new FunctionBench().Make();

    // A connection that has carried a request, and idles.
    private async Task<TcpClient> UsedAsync()
    {
        var answer = _client.GetStringAsync(new Uri($"http://{Endpoint}/"), Ended);
        var used = await _server.AcceptTcpClientAsync(Ended);
        await AnswerAsync(used, "used", "keep-alive");
        Assert.Equal("used", await answer);
        return used;
    }

    private static async Task AnswerAsync(TcpClient connection, string body, string keep = "close")
    {
        var stream = connection.GetStream();
        Assert.NotEqual(0, await stream.ReadAsync(new byte[4096], Ended));
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\nConnection: {keep}\r\n\r\n{body}"), Ended);
    }
}
