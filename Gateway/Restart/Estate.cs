using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using Gateway.Listening;
using Gateway.Runtimes;
using Gateway.Signals;
using Gateway.Signals.Direct.Bridged;

namespace Gateway.Restart;

/// <summary>What a gateway leaves to the next one: its listening sockets, what steers to them, and instances that nobody could find again. Others take care of what they give.</summary>
internal sealed class Estate(ListeningSockets sockets, KernelAttachment kernel, BridgeTable bridges, IEnumerable<IRuntime> runtimes, ILogger<Estate> logger)
{
    private readonly Lock _gate = new();
    private SafeHandle? _steering;

    /// <summary>Gets how many sockets listen.</summary>
    public int Sockets => sockets.Open.Count;

    /// <summary>Keeps the kernel steering when its hooks are released.</summary>
    public void KeepSteering()
    {
        lock (_gate)
        {
            _steering ??= kernel.CopySteering();
        }
    }

    /// <summary>Leaves what forwards connections to containers to the next gateway, which has made it anew for itself.</summary>
    public void LeaveForwarding() => bridges.Leave();

    /// <summary>Sends the sockets.</summary>
    /// <param name="channel">Gets them.</param>
    /// <param name="meeting">The socket on which the next gateway is heard, which comes first.</param>
    /// <exception cref="SocketException">The other end is gone.</exception>
    public void SendSockets(DescriptorChannel channel, Socket meeting)
    {
        var open = sockets.Open;
        using var copy = _steering is null ? kernel.CopySteering() : null;
        var steering = _steering ?? copy;
        var list = new SocketList([.. open.Select(entry => entry.Name)], steering is not null);
        IReadOnlyList<SafeHandle> link = steering is null ? [] : [steering];
        channel.Send(
            FrameKind.Sockets, JsonSerializer.SerializeToUtf8Bytes(list, MessageJson.Default.SocketList), [meeting.SafeHandle, .. open.Select(entry => entry.Socket.SafeHandle), .. link]);
    }

    /// <summary>Sends the instances, each once it answers, and says that there are no more.</summary>
    public async Task GiveInstancesAsync(DescriptorChannel channel)
    {
        var gate = new Lock();
        await Task.WhenAll(runtimes.OfType<IGivingRuntime>().Select(runtime => runtime.GiveAsync(given => Send(channel, given, gate))));
        try
        {
            channel.Send(FrameKind.End);
        }
        catch (SocketException error)
        {
            RestartLog.NotKept(logger, error.Message);
        }
    }

    /// <summary>Leaves the sockets to the service manager.</summary>
    public async Task StoreAsync()
    {
        try
        {
            await ServiceManager.StoreAsync(sockets.Open, _steering);
            RestartLog.Stored(logger, sockets.Open.Count);
        }
        catch (Exception error) when (error is SocketException or TimeoutException)
        {
            RestartLog.NotKept(logger, error.Message);
        }
    }

    private void Send(DescriptorChannel channel, GivenInstance given, Lock gate)
    {
        try
        {
            var facts = new InstanceFacts(given.Runtime, given.Function, given.Facts);
            lock (gate)
            {
                channel.Send(FrameKind.Instance, JsonSerializer.SerializeToUtf8Bytes(facts, MessageJson.Default.InstanceFacts), given.Descriptors);
            }
        }
        catch (SocketException error)
        {
            // The next gateway has gone. The instance's guard ends it with this process.
            RestartLog.NotKept(logger, error.Message);
        }
    }
}
