using System.Net;
using System.Net.Sockets;
using Gateway.Model;
using Xunit;

namespace Gateway.Tests.Model;

/// <summary>What takes time leaves the threads that watch the sockets.</summary>
public sealed class PoolThreadTests
{
    [Fact]
    public async Task Enter_OnAThreadOfItsOwn_GoesOnOnThePool()
    {
        var (before, after) = (true, new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
        var thread = new Thread(() => _ = RunAsync());
        thread.Start();
        Assert.True(await after.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.False(before);

        async Task RunAsync()
        {
            before = Thread.CurrentThread.IsThreadPoolThread;
            await PoolThread.EnterAsync();
            after.SetResult(Thread.CurrentThread.IsThreadPoolThread);
        }
    }

    [Fact]
    public async Task Enter_OnAThreadOfThePool_StaysThere()
    {
        var (before, after) = await Task.Run(async () =>
        {
            var thread = Environment.CurrentManagedThreadId;
            await PoolThread.EnterAsync();
            return (thread, Environment.CurrentManagedThreadId);
        });
        Assert.Equal(before, after);
    }

    // Whether sockets go on inline is the process's, so it is another thread of its own that reads here.
    [Fact]
    public async Task PooledStream_PassesOnWhatItReadsAndItsErrors()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.LocalEndPoint!, TestContext.Current.CancellationToken);
        using var other = await listener.AcceptAsync(TestContext.Current.CancellationToken);
        await using var stream = new PooledStream(socket);

        var buffer = new byte[4];
        var read = stream.ReadAsync(buffer, TestContext.Current.CancellationToken).AsTask();
        await other.SendAsync("word"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal(4, await read);
        Assert.Equal("word"u8.ToArray(), buffer);

        var failing = stream.ReadAsync(buffer, TestContext.Current.CancellationToken).AsTask();
        other.Close(timeout: 0);
        await Assert.ThrowsAsync<IOException>(() => failing);
    }
}
