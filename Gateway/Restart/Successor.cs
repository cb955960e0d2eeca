using System.ComponentModel;
using System.Net.Sockets;
using System.Text.Json;
using Gateway.Configuration;
using Gateway.Idle;
using Gateway.Listening;

namespace Gateway.Restart;

/// <summary>
/// The ending gateway's side of a restart: gives the listening sockets and the instances to the next gateway, or to the keeper that waits for one. From the moment at which
/// the sockets are given nobody accepts, and connections wait in their queues; should the next gateway not get to listen, this one goes on.
/// </summary>
internal sealed class Successor(
    Meeting meeting,
    Predecessor predecessor,
    Estate estate,
    AcceptGate gate,
    IdleWatch idle,
    ConfigurationMonitor configuration,
    IHostApplicationLifetime lifetime,
    ILogger<Successor> logger) : IDisposable
{
    /// <summary>How long a gateway that has the sockets may take to listen.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>How long a peer may take to say what it wants, and to read what it is sent.</summary>
    private static readonly TimeSpan Promptness = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly TaskCompletionSource _keeperHasAll = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Socket? _listener;
    private Task _given = Task.CompletedTask;
    private volatile bool _isTaken;
    private readonly TaskCompletionSource<int> _keeper = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _deaf = new();
    private Task _accepting = Task.CompletedTask;

    // A gateway that is told to end keeps what it has for the next one only if it is to, unless one has it already.
    private bool Keeps => _isTaken || configuration.Current.Restart.Keep > TimeSpan.Zero;

    /// <summary>Begins to hear the next gateway.</summary>
    public void Listen()
    {
        _listener = predecessor.Listener ?? meeting.TryListen();
        if (_listener is null)
        {
            RestartLog.NotHeard(logger, meeting.Name);
            return;
        }

        _accepting = AcceptAsync(_listener, _deaf.Token);
    }

    /// <summary>Prepares the end: what the next gateway is to get is not closed. It is called before the kernel's hooks are released and before listeners are closed, of which either may come first.</summary>
    public void PrepareEnd()
    {
        // One that has the sockets and does not listen yet needs them open too.
        if (Keeps || _one.CurrentCount == 0)
        {
            gate.KeepsSockets = true;
            estate.KeepSteering();
        }
    }

    /// <summary>
    /// Waits for a next gateway that is taking over; if there is none, leaves what is to be kept to the keeper. It is called when the connections are drained.
    /// </summary>
    public async Task LeaveAsync()
    {
        await _one.WaitAsync();
        try
        {
            if (_isTaken)
            {
                await _given;
            }
            else if (_listener is not null && configuration.Current.Restart.Keep is var keep && keep > TimeSpan.Zero && gate.KeepsSockets)
            {
                // A service manager ends all processes of a service with it, so a keeper would not live.
                if (ServiceManager.IsThere)
                {
                    await estate.StoreAsync();
                }
                else
                {
                    await LeaveToKeeperAsync(keep);
                }
            }
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose()
    {
        _deaf.Dispose();
        _one.Dispose();
    }

    private async Task AcceptAsync(Socket listener, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var channel = new DescriptorChannel(await listener.AcceptAsync(cancellationToken));
                // The calls of a channel block. There is one at a time, and for less than a second, unless the next gateway takes long to start.
                _ = Task.Run(() => ServeAsync(channel), CancellationToken.None);
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException)
            {
                // The peer has gone while it waited, or another process hears on the socket from here on.
            }
        }
    }

    private async Task ServeAsync(DescriptorChannel channel)
    {
        var isKept = false;
        try
        {
            channel.Timeout = Promptness;
            var peer = channel.Peer;
            if (peer.User == DescriptorChannel.OwnUser && channel.Receive() is { } asked)
            {
                isKept = asked.Kind switch
                {
                    FrameKind.Hello => await GiveAsync(channel, peer.Process, JsonSerializer.Deserialize(asked.Body, MessageJson.Default.Hello)?.TakeOver == true),
                    FrameKind.Keep => await FillKeeperAsync(channel, peer.Process),
                    _ => false,
                };
            }
        }
        catch (Exception error) when (error is SocketException or JsonException or TimeoutException or ObjectDisposedException)
        {
            // It has gone, or is not what it should be; or this gateway has ended.
        }
        finally
        {
            // The next gateway sees by the connection that this process is still there.
            if (!isKept)
            {
                channel.Dispose();
            }
        }
    }

    /// <returns>Returns whether it has taken over.</returns>
    private async Task<bool> GiveAsync(DescriptorChannel channel, int process, bool takesOver)
    {
        await _one.WaitAsync();
        try
        {
            var isEnding = lifetime.ApplicationStopping.IsCancellationRequested;
            if (_isTaken || _deaf.IsCancellationRequested || (isEnding ? !gate.KeepsSockets : !takesOver))
            {
                channel.Send(_deaf.IsCancellationRequested ? FrameKind.Again : FrameKind.Refused);
                return false;
            }

            await gate.PauseAsync();
            estate.SendSockets(channel, _listener!);
            channel.Timeout = Patience;
            if (await ReasonAgainstAsync(channel) is { } reason)
            {
                RestartLog.NotTakenOver(logger, process, reason);
                if (!lifetime.ApplicationStopping.IsCancellationRequested)
                {
                    gate.Resume();
                }

                return false;
            }

            _isTaken = true;
            estate.LeaveForwarding();
            await _deaf.CancelAsync();
            await _accepting;
            RestartLog.HandedOver(logger, process);
            idle.Stop();
            _given = estate.GiveInstancesAsync(channel);
            lifetime.StopApplication();
            return true;
        }
        finally
        {
            _one.Release();
        }
    }

    private static async Task<string?> ReasonAgainstAsync(DescriptorChannel channel)
    {
        await Task.Yield();
        try
        {
            return channel.Receive() switch
            {
                { Kind: FrameKind.Ready } => null,
                null => "it ended",
                var other => $"it said {other.Kind}",
            };
        }
        catch (SocketException)
        {
            return $"it took longer than {Patience}";
        }
    }

    // From here on the keeper hears on the socket where gateways meet. One that this process has accepted before is told to connect again.
    private async Task<bool> FillKeeperAsync(DescriptorChannel channel, int process)
    {
        if (await _keeper.Task.WaitAsync(Promptness, TimeProvider.System) != process)
        {
            return false;
        }

        await _deaf.CancelAsync();
        await _accepting;
        estate.SendSockets(channel, _listener!);
        await estate.GiveInstancesAsync(channel);
        _keeperHasAll.TrySetResult();
        return false;
    }

    private async Task LeaveToKeeperAsync(TimeSpan keep)
    {
        try
        {
            _keeper.SetResult(Keeper.Start(meeting.Name, keep));
            await _keeperHasAll.Task.WaitAsync(Promptness, TimeProvider.System);
            RestartLog.Kept(logger, keep, estate.Sockets, await _keeper.Task);
        }
        catch (Exception error) when (error is Win32Exception or TimeoutException)
        {
            RestartLog.NotKept(logger, error.Message);
        }
    }
}
