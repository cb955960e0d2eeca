using System.Runtime.InteropServices;
using Gateway.Configuration;
using Gateway.Listening;
using Gateway.Model;
namespace Gateway.Forwarding;

/// <summary>
/// Counts the requests that wait for their functions: of each function, of all, and of each client in both. No client gets the last place: it may have
/// as many as it leaves to others.
/// </summary>
/// <remarks>
/// So one client alone has half of the places at most, two have a third each, and there is always one for the next. Switches share their buffers by
/// the same rule (Choudhury and Hahne, Dynamic Queue Length Thresholds for Shared-Memory Packet Switches, 1998, with alpha = 1). A fixed share would be too much
/// with many greedy clients, or too little with one load balancer.
/// </remarks>
internal sealed class HeldPlaces(Func<ClientLimits> limits)
{
    /// <summary>How many places a client may have as long as there are any: one page of a browser.</summary>
    public const int AlwaysAllowed = 8;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Dictionary<ClientGroup, int>> _functions = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, int> _held = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<ClientGroup, Use> _clients = [];
    private Use _all;

    /// <summary>Takes a place, which <see cref="Give"/> gives back.</summary>
    /// <param name="function">The function's name.</param>
    /// <param name="hold">The function's limits.</param>
    /// <param name="client">The client.</param>
    /// <param name="bytes">How much of the request's body may be read ahead.</param>
    /// <returns>Returns null if the request may wait.</returns>
    public HoldRefusal? TryTake(string function, HoldOptions hold, ClientGroup client, long bytes)
    {
        var most = limits();
        lock (_gate)
        {
            var held = _held.GetValueOrDefault(function);
            if (held >= hold.MaxRequests)
            {
                return HoldRefusal.FunctionFull;
            }

            if (_all.Places >= most.Held || (bytes > 0 && _all.Bytes + bytes > most.HeldBytes))
            {
                return HoldRefusal.GatewayFull;
            }

            var its = _clients.GetValueOrDefault(client);
            var here = _functions.TryGetValue(function, out var clients) ? clients.GetValueOrDefault(client) : 0;
            if (here >= (hold.MaxPerClient ?? Share(hold.MaxRequests, held)) || its.Places >= Share(most.Held, _all.Places)
                || (bytes > 0 && its.Places >= AlwaysAllowed && its.Bytes + bytes > most.HeldBytes - _all.Bytes))
            {
                return HoldRefusal.ClientShare;
            }

            Change(function, client, +1, bytes);
            return null;
        }
    }

    /// <summary>Takes a place for what has had one already, in an earlier gateway, whatever the limits are now.</summary>
    public void Add(string function, ClientGroup client)
    {
        lock (_gate)
        {
            Change(function, client, +1, bytes: 0);
        }
    }

    /// <summary>Gives a place back.</summary>
    public void Give(string function, ClientGroup client, long bytes)
    {
        lock (_gate)
        {
            Change(function, client, -1, -bytes);
        }
    }

    private static int Share(int most, int taken) => Math.Max(AlwaysAllowed, most - taken);

    // What is zero is removed: functions come and go, and clients are as many as there are addresses.
    private void Change(string function, ClientGroup client, int places, long bytes)
    {
        _all = _all.Plus(places, bytes);
        if ((CollectionsMarshal.GetValueRefOrAddDefault(_held, function, out _) += places) == 0)
        {
            _held.Remove(function);
        }

        ref var its = ref CollectionsMarshal.GetValueRefOrAddDefault(_clients, client, out _);
        its = its.Plus(places, bytes);
        if (its.Places == 0)
        {
            _clients.Remove(client);
        }

        ref var clients = ref CollectionsMarshal.GetValueRefOrAddDefault(_functions, function, out _);
        clients ??= [];
        if ((CollectionsMarshal.GetValueRefOrAddDefault(clients, client, out _) += places) == 0 && clients.Remove(client) && clients.Count == 0)
        {
            _functions.Remove(function);
        }
    }

    private readonly record struct Use(int Places, long Bytes)
    {
        public Use Plus(int places, long bytes) => new(Places + places, Bytes + bytes);
    }
}
