using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Listening;
using Gateway.Runtimes;

namespace Gateway.Restart;

/// <summary>
/// The next gateway's side of a restart: asks the gateway before this one, or the keeper that it left, for its listening sockets, tells it that this one listens, and takes its
/// instances. As <see cref="IUsage"/> it counts as a use of each instance that was taken over, until the gateway before this one has ended: it may have requests in them.
/// </summary>
internal sealed class Predecessor(Meeting meeting, ListeningSockets sockets, GatewayOptions options, TimeProvider time, ILogger<Predecessor> logger) : IPredecessor, IUsage
{
    /// <summary>How long it may take to answer. It only stops accepting first.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _given = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly List<GivenInstance> _instances = [];
    private DescriptorChannel? _channel;
    private SafeHandle? _steering;
    private long _lastUse;
    private int _managed;

    /// <summary>Gets the socket on which the next gateway is heard, or null if it was not handed over.</summary>
    public Socket? Listener { get; private set; }

    public Task Gone => _gone.Task;

    public int Current => _channel is null || _gone.Task.IsCompleted ? 0 : 1;

    public long LastUse => Current > 0 ? time.GetTimestamp() : Volatile.Read(ref _lastUse);

    public Task EmptyAsync() => _gone.Task;

    /// <summary>Asks for the sockets. If there are any, nobody accepts connections until <see cref="TellReady"/>, or until this process ends.</summary>
    public void Ask()
    {
        (_managed, _steering) = ServiceManager.Take(sockets);
        if (_managed > 0)
        {
            RestartLog.TakesOver(logger, _managed);
        }

        while (meeting.TryConnect() is { } channel)
        {
            var again = false;
            try
            {
                if (Ask(channel, out again))
                {
                    _channel = channel;
                    return;
                }
            }
            catch (Exception error) when (error is SocketException or JsonException)
            {
                // It is another program, or it has just ended. The start goes on without it.
            }

            channel.Dispose();
            if (!again)
            {
                break;
            }
        }

        _given.TrySetResult();
        _gone.TrySetResult();
    }

    /// <summary>Tells the gateway before this one that this one listens, and takes its instances in the background.</summary>
    public void TellReady()
    {
        if (_channel is not { } channel)
        {
            return;
        }

        channel.Timeout = TimeSpan.Zero;
        new Thread(() => Follow(channel)) { IsBackground = true, Name = "gateway before this one" }.Start();
    }

    /// <summary>Closes what this gateway does not need of the one before it: its steering, since this one steers by now, and sockets that nothing is configured for.</summary>
    public void CloseUnused()
    {
        _steering?.Dispose();
        ForgetManaged();
        if (sockets.CloseUnused() is { Count: > 0 } names)
        {
            RestartLog.SocketsClosed(logger, string.Join(", ", names));
        }
    }

    public async Task<IReadOnlyList<GivenInstance>> TakeAsync(string runtime, Func<string, bool> isWanted)
    {
        await _given.Task;
        lock (_gate)
        {
            GivenInstance[] taken = [.. _instances.Where(given => given.Runtime == runtime && isWanted(given.Function))];
            _instances.RemoveAll(taken.Contains);
            return taken;
        }
    }

    private bool Ask(DescriptorChannel channel, out bool again)
    {
        again = false;
        channel.Timeout = Patience;
        channel.Send(FrameKind.Hello, JsonSerializer.SerializeToUtf8Bytes(new Hello(options.Restart.TakeOver), MessageJson.Default.Hello));
        if (channel.Receive() is not { } answer)
        {
            return false;
        }

        var isTaken = false;
        try
        {
            isTaken = answer.Kind == FrameKind.Sockets && TryInherit(answer);
        }
        finally
        {
            if (!isTaken)
            {
                answer.Close();
            }
        }

        again = answer.Kind == FrameKind.Again;
        return isTaken;
    }

    private bool TryInherit(Frame answer)
    {
        if (JsonSerializer.Deserialize(answer.Body, MessageJson.Default.SocketList) is not { } list
            || answer.Descriptors.Count != 1 + list.Names.Count + (list.HasSteering ? 1 : 0))
        {
            return false;
        }

        Listener = new Socket(new SafeSocketHandle(answer.Descriptors[0].DangerousGetHandle(), ownsHandle: true));
        answer.Descriptors[0].SetHandleAsInvalid();
        for (var i = 0; i < list.Names.Count; i++)
        {
            if (ListeningSockets.Of(answer.Descriptors[i + 1]) is { } socket)
            {
                sockets.Inherit(list.Names[i], socket);
            }
        }

        _steering = list.HasSteering ? answer.Descriptors[^1] : _steering;
        RestartLog.TakesOver(logger, list.Names.Count);
        return true;
    }

    // A manager that has started the gateway with sockets may keep them for the next start. What it is to keep then it is told at the end.
    private void ForgetManaged()
    {
        if (_managed > 0)
        {
            ServiceManager.Forget();
        }
    }

    // The connection stays open until the gateway before this one has ended.
    private void Follow(DescriptorChannel channel)
    {
        try
        {
            channel.Send(FrameKind.Ready);
            while (channel.Receive() is { } frame)
            {
                if (frame.Kind == FrameKind.End)
                {
                    _given.TrySetResult();
                }
                else if (frame.Kind == FrameKind.Instance && JsonSerializer.Deserialize(frame.Body, MessageJson.Default.InstanceFacts) is { } facts)
                {
                    lock (_gate)
                    {
                        _instances.Add(new GivenInstance(facts.Runtime, facts.Function, facts.Facts, frame.Descriptors));
                    }
                }
                else
                {
                    frame.Close();
                }
            }
        }
        catch (Exception error) when (error is SocketException or JsonException)
        {
            // It has ended, and whatever it gave before counts.
        }

        _given.TrySetResult();
        Volatile.Write(ref _lastUse, time.GetTimestamp());
        _gone.TrySetResult();
        channel.Dispose();
    }
}
