using System.Net;
using System.Net.Sockets;
using Gateway.Forwarding;
using Xunit;

namespace Gateway.Tests.Forwarding;

/// <summary>What a connection to an instance says when the program closes it about when it is used again, over real sockets on loopback.</summary>
public sealed class InstanceStreamTests : IDisposable
{
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly InstanceConnections _open = new();

    public InstanceStreamTests() => _server.Start();

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    // At the end of the stream the handler would send the request again by itself.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Read_OfAReusedConnection_ClosedAfterTheRequest_IsNoEnd(bool hasIdled)
    {
        var (stream, program) = await AnsweredAsync();
        using (program)
        {
            var buffer = new byte[100];
            var ahead = stream.ReadAsync(hasIdled ? Memory<byte>.Empty : buffer, Ended);
            await stream.WriteAsync("second"u8.ToArray(), Ended);
            Assert.Equal(6, await program.ReceiveAsync(new byte[100], Ended));
            program.Shutdown(SocketShutdown.Send);

            await Assert.ThrowsAsync<IOException>(async () => Assert.NotEqual(0, await ahead + await stream.ReadAsync(buffer, Ended)));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Write_OnAConnectionThatWasClosedWhileItIdled_IsUnsent(bool hasIdled)
    {
        var (stream, program) = await AnsweredAsync();
        var buffer = new byte[100];
        var ahead = stream.ReadAsync(hasIdled ? Memory<byte>.Empty : buffer, Ended);
        program.Dispose();
        Assert.Equal(0, await ahead);
        Assert.Equal(0, hasIdled ? await stream.ReadAsync(buffer, Ended) : 0);

        await Assert.ThrowsAsync<UnsentException>(async () => await stream.WriteAsync("second"u8.ToArray(), Ended));
    }

    [Fact]
    public async Task Close_AboutWhenARequestBegins_IsKnownToTheReadOrToTheWrite()
    {
        for (var round = 0; round < 300; round++)
        {
            var (stream, program) = await AnsweredAsync();
            var ahead = stream.ReadAsync(new byte[100], Ended).AsTask();
            var closed = Task.Run(program.Dispose, Ended);
            for (var spin = 0; spin < round; spin++)
            {
                Thread.SpinWait(20);
            }

            var isUnsent = false;
            try
            {
                await stream.WriteAsync("second"u8.ToArray(), Ended);
            }
            catch (UnsentException)
            {
                isUnsent = true;
            }

            await closed;
            var isEnd = await ahead.ContinueWith(static read => read.IsCompletedSuccessfully, Ended, TaskContinuationOptions.None, TaskScheduler.Default);
            Assert.True(isUnsent || !isEnd, $"round {round}: the handler would send the request again by itself");
            await stream.DisposeAsync();
        }
    }

    [Fact]
    public async Task EarlyAnswer_OnAConnectionThatIdled_DoesNotBeginARequestAnew()
    {
        var (stream, program) = await AnsweredAsync();
        using (program)
        {
            var ahead = stream.ReadAsync(Memory<byte>.Empty, Ended);
            await stream.WriteAsync("head"u8.ToArray(), Ended);
            await program.SendAsync("HTTP/1.1 413 Too Large\r\n\r\n"u8.ToArray(), Ended);
            await ahead;
            var buffer = new byte[100];
            Assert.True(await stream.ReadAsync(buffer, Ended) > 0);
            await stream.WriteAsync("body"u8.ToArray(), Ended);
            program.Shutdown(SocketShutdown.Send);

            // The answer is there, so the end is an end.
            Assert.Equal(0, await stream.ReadAsync(buffer, Ended));
        }
    }

    public void Dispose() => _server.Dispose();

    /// <summary>Makes a connection on which a first request was answered.</summary>
    private async Task<(Stream Stream, Socket Program)> AnsweredAsync()
    {
        var endpoint = (IPEndPoint)_server.LocalEndpoint;
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endpoint, Ended);
        var program = await _server.AcceptSocketAsync(Ended);
        var stream = _open.Add(endpoint, socket);
        await stream.WriteAsync("first"u8.ToArray(), Ended);
        await program.ReceiveAsync(new byte[100], Ended);
        await program.SendAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray(), Ended);
        Assert.True(await stream.ReadAsync(new byte[100], Ended) > 0);
        return (stream, program);
    }
}
