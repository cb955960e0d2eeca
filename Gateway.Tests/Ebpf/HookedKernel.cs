using System.Net;
using Gateway.Ebpf.Hooks;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Ebpf;

/// <summary>The hooks, attached in the calling thread's network namespace, with a log of their events.</summary>
internal sealed class HookedKernel : IDisposable
{
    /// <summary>The function of the marker, which <see cref="EventsSoFar"/> wakes. Tests use others.</summary>
    private const uint MarkerFunction = 1000;

    private readonly Loopback _markerListener = new(IPAddress.Loopback);

    public HookedKernel(XdpAttach xdp = XdpAttach.Off, params string[] interfaces)
        : this(xdp, clientHello: false, interfaces)
    {
    }

    public HookedKernel(XdpAttach xdp, bool clientHello, params string[] interfaces)
        : this(new KernelHooksOptions { Xdp = xdp, Interfaces = interfaces, MaxFunctions = 1024, MaxDestinations = 64, MaxClients = 1024, ClientHello = clientHello, DataBudget = int.MaxValue })
    {
    }

    /// <summary>Attaches sk_lookup too, with room for a number of destinations beside the marker's.</summary>
    public HookedKernel(bool steer, int destinations = 64)
        : this(new KernelHooksOptions { Xdp = XdpAttach.Off, Steer = steer, MaxFunctions = 1024, MaxDestinations = destinations + 1 })
    {
    }

    public HookedKernel(KernelHooksOptions options)
    {
        try
        {
            Hooks = KernelHooks.Attach(options, Log, NullLogger.Instance);
        }
        catch
        {
            _markerListener.Dispose();
            Log.Dispose();
            throw;
        }
        Hooks.SetDestination(IPAddress.Loopback, _markerListener.Port, MarkerFunction);
    }

    public KernelHooks Hooks { get; }

    public EventLog Log { get; } = new();

    /// <summary>
    /// Returns all events so far. The ring buffer keeps the order, so a connection that is made now is reported after all earlier ones. That proves that there is no event without waiting.
    /// </summary>
    public IReadOnlyList<ConnectionEvent> EventsSoFar()
    {
        Hooks.Arm(MarkerFunction, Triggers.Syn);
        _markerListener.Connect(IPAddress.Loopback);
        var events = new List<ConnectionEvent>();
        for (var e = Log.NextConnection(); e.Function != MarkerFunction; e = Log.NextConnection())
        {
            events.Add(e);
        }
        return events;
    }

    public long Count(string program, string outcome) =>
        Hooks.ReadCounters().Single(counter => counter.Program == program && counter.Outcome == outcome).Count;

    public void Dispose()
    {
        Hooks.Dispose();
        _markerListener.Dispose();
        Log.Dispose();
    }
}
