using System.Collections.Concurrent;
using System.Diagnostics;
using Gateway.Ebpf.Hooks;

namespace Gateway.Tests.Ebpf;

/// <summary>
/// Keeps the kernel's events, in order. It waits with monitors only: its writer can be a thread in another network namespace, and a
/// task completed there could make the thread pool start a worker in that namespace.
/// </summary>
internal sealed class EventLog : IKernelEvents, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly BlockingCollection<ConnectionEvent> _connections = [];
    private readonly BlockingCollection<ListenEvent> _listens = [];
    private readonly ConcurrentQueue<long> _delays = [];
    private readonly ManualResetEventSlim _open = new(initialState: true);

    /// <summary>The times from the kernel's timestamp to the callback, in nanoseconds, in order.</summary>
    public IReadOnlyCollection<long> Delays => _delays;

    /// <summary>Holds the thread that reads the ring at the next event, so that the ring fills.</summary>
    public void Block() => _open.Reset();

    public void Unblock() => _open.Set();

    public void OnConnection(in ConnectionEvent e)
    {
        _open.Wait();
        _delays.Enqueue(Stopwatch.GetTimestamp() - e.Timestamp);
        _connections.Add(e);
    }

    public void OnListen(in ListenEvent e) => _listens.Add(e);

    public ConnectionEvent NextConnection() =>
        _connections.TryTake(out var e, Patience) ? e : throw new TimeoutException("The kernel told of no connection.");

    /// <summary>Waits for the next listen() that matches. Others on the machine are skipped.</summary>
    public ListenEvent NextListen(Func<ListenEvent, bool> wanted)
    {
        while (_listens.TryTake(out var e, Patience))
        {
            if (wanted(e))
            {
                return e;
            }
        }
        throw new TimeoutException("The kernel told of no such listen().");
    }

    public void Dispose()
    {
        _connections.Dispose();
        _listens.Dispose();
        _open.Dispose();
    }
}
