using System.Collections.Concurrent;
using Gateway.Activation;
using Gateway.Ebpf.Hooks;
using Gateway.Model;
using Gateway.Readiness;
using KernelListen = Gateway.Ebpf.Hooks.ListenEvent;

namespace Gateway.Signals;

/// <summary>
/// Arms the kernel for the functions that are at rest, and hands its events on to them. It is called on the ring buffer's thread, which it
/// never blocks: a wake takes the function's lock and puts the start on the thread pool.
/// </summary>
internal sealed class KernelDemand(KernelAttachment kernel, ListenEvents listens) : IKernelEvents, IFunctionObserver
{
    private readonly ConcurrentDictionary<uint, Function> _functions = new();
    private readonly Lock _gate = new();
    private readonly HashSet<Function> _atRest = [];
    private bool _live;

    /// <summary>Arms the functions that are at rest. From here on the kernel's signals wake them.</summary>
    public void GoLive()
    {
        lock (_gate)
        {
            _live = true;
            foreach (var function in _atRest)
            {
                Arm(function);
            }
        }
    }

    public void OnConnection(in ConnectionEvent e)
    {
        if (_functions.TryGetValue(e.Function, out var function))
        {
            var kind = e.Kind switch
            {
                Triggers.Syn => SignalKind.Syn,
                Triggers.Established => SignalKind.Established,
                _ => SignalKind.ClientHello,
            };
            var client = e.Remote;
            function.Wake(new Signal(kind, e.Timestamp, client, e.Rtt) { IsSourceProven = kind == SignalKind.Syn && kernel.Use(hooks => hooks.Limits.IsProven(client.Address), without: false) });
        }
    }

    public void OnListen(in KernelListen e)
    {
        var listen = e;
        listens.Publish(new Readiness.ListenEvent(listen.Timestamp, listen.Port, listen.IsWithin));
    }

    public void OnRest(Function function, bool atRest)
    {
        lock (_gate)
        {
            if (atRest)
            {
                _functions[function.Index] = function;
                _atRest.Add(function);
                Arm(function);
            }
            else
            {
                _atRest.Remove(function);
                // The SYN that woke it has left the later events armed, one of which will prove that somebody is there.
                if (!function.IsUnproven || function.IsRetired)
                {
                    kernel.Disarm(function.Index);
                }

                if (function.IsRetired)
                {
                    _functions.TryRemove(new(function.Index, function));
                }
            }
        }
    }

    public void OnNumbersUsedAgain(IReadOnlySet<uint> numbers) => kernel.UseClients(
        clients =>
        {
            clients.Forget(numbers);
            return true;
        },
        without: false);

    // The kernel disarms a function as it reports a connection, before the event is read here.
    public bool HasSeenConnection(Function function) => kernel.Use(hooks => (hooks.ArmedTriggers(function.Index) & (Triggers.Established | Triggers.ClientHello)) == Triggers.None, without: false);

    private void Arm(Function function)
    {
        if (_live)
        {
            kernel.Arm(function.Index, TriggersOf(function.Earliest) | (function.TriesSyns && function.Earliest == SignalKind.Syn ? Triggers.StayAfterSyn : Triggers.None));
        }
    }

    // The later signals are armed too: the kernel reports no SYN while it answers with SYN cookies, and on a shared address the function may be named by the ClientHello only.
    private static Triggers TriggersOf(SignalKind wakeOn) => wakeOn switch
    {
        SignalKind.Syn => Triggers.Syn | Triggers.Established | Triggers.ClientHello,
        SignalKind.Established => Triggers.Established | Triggers.ClientHello,
        SignalKind.ClientHello => Triggers.ClientHello,
        _ => Triggers.None,
    };
}
