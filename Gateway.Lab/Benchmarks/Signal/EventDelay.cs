using System.Diagnostics;
using System.Net;
using Gateway.Ebpf.Hooks;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Lab.Benchmarks.Signal;

/// <summary>Measures the first stage alone, without a gateway: from the kernel's timestamp to the first line of managed code.</summary>
internal sealed class EventDelay : IKernelEvents, IDisposable
{
    private const int Port = 8080;
    private const int Function = 1;
    private const int WarmUp = 100;

    private readonly SemaphoreSlim _seen = new(0);
    private long _delay;

    /// <returns>Returns the delay of each SYN in nanoseconds.</returns>
    public static async Task<IReadOnlyList<long>> MeasureAsync(LabNetwork network, SignalHook hook, int count, CancellationToken cancellationToken)
    {
        using var delay = new EventDelay();
        var server = network.Link.Server;
        var options = new KernelHooksOptions { Xdp = hook.Attach, Interfaces = [server.Device], MaxFunctions = 16, MaxDestinations = 16 };

        // The hooks see the network namespace of the thread that attaches them.
        using var hooks = network.Server.Run(() => KernelHooks.Attach(options, delay, NullLogger.Instance));
        using var listener = network.Server.Listen(new IPEndPoint(IPAddress.Any, Port));
        hooks.SetDestination(null, Port, Function);
        List<long> delays = [];
        for (var i = 0; i < WarmUp + count; i++)
        {
            hooks.Arm(Function, Triggers.Syn);
            using var client = await network.Client.ConnectAsync(new IPEndPoint(server.Address, Port), cancellationToken);
            using var accepted = await listener.AcceptAsync(cancellationToken);
            await delay._seen.WaitAsync(cancellationToken);
            delays.Add(delay._delay);
        }

        return delays[WarmUp..];
    }

    public void OnConnection(in ConnectionEvent e)
    {
        _delay = Stopwatch.GetTimestamp() - e.Timestamp;
        _seen.Release();
    }

    public void OnListen(in ListenEvent e)
    {
    }

    public void Dispose() => _seen.Dispose();
}
