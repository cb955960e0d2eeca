using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Gateway.Activation;
using Gateway.Configuration;

namespace Gateway.Listening;

/// <summary>
/// Finds what a connection is for by its local address, with two lookups, however many functions there are.
/// </summary>
internal sealed class Listeners(FunctionRegistry registry)
{
    // These are replaced as a whole. Frozen dictionaries would find a little sooner, but take long to make for 10,000 functions.
    private Dictionary<IPEndPoint, Listener> _exact = [];
    private Dictionary<int, Listener> _anyAddress = [];
    private string? _adminSocket;

    /// <summary>Takes the addresses of a configuration in the place of those before.</summary>
    public void Update(GatewayOptions options)
    {
        var (exactBefore, anyBefore) = (_exact, _anyAddress);
        var exact = new Dictionary<IPEndPoint, Listener>();
        var any = new Dictionary<int, Listener>();
        var shared = new Dictionary<ListenAddress, ServerNames>();
        foreach (var function in options.Functions.Values)
        {
            if (registry.TryGet(function.Name, out var known))
            {
                foreach (var listen in function.OwnListen)
                {
                    Add(listen.Address, listen.Port, new Listener(IsAdmin: false, known, listen.IsHttps || listen.IsTls) { IsBytes = listen.IsBytes });
                }

                foreach (var listen in function.NamedListen)
                {
                    var names = CollectionsMarshal.GetValueRefOrAddDefault(shared, listen, out _) ??= new ServerNames();
                    foreach (var name in function.Sni)
                    {
                        names.Add(name, known);
                    }
                }
            }
        }

        foreach (var (listen, names) in shared)
        {
            Add(listen.Address, listen.Port, new Listener(IsAdmin: false, Function: null, MayBeTls: true) { IsBytes = true, Names = names });
        }

        foreach (var listen in options.Admin.Listen)
        {
            Add(listen.Address, listen.Port, Listener.Admin);
        }

        Volatile.Write(ref _adminSocket, options.Admin.Socket);
        Volatile.Write(ref _exact, exact);
        Volatile.Write(ref _anyAddress, any);

        void Add(IPAddress? address, int port, Listener listener)
        {
            if (address is null || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
            {
                any[port] = KeepOrReplace(anyBefore.GetValueOrDefault(port), listener);
            }
            else
            {
                var endpoint = new IPEndPoint(address, port);
                exact[endpoint] = KeepOrReplace(exactBefore.GetValueOrDefault(endpoint), listener);
            }
        }

        static Listener KeepOrReplace(Listener? before, Listener now)
        {
            if (before is null || before.IsAdmin || now.IsAdmin || before.MayBeTls != now.MayBeTls || before.IsBytes != now.IsBytes || (before.Names ?? now.Names) is not null)
            {
                return now;
            }

            before.Function = now.Function;
            return before;
        }
    }

    /// <summary>Returns what a local address is for; <see cref="Listener.Shared"/> if it is no address of a function or of the admin endpoint.</summary>
    public Listener Find(EndPoint? local)
    {
        if (local is not IPEndPoint endpoint)
        {
            return local is UnixDomainSocketEndPoint && Volatile.Read(ref _adminSocket) is { } socket && local.ToString() == socket ? Listener.Admin : Listener.Shared;
        }

        if (endpoint.AddressFamily == AddressFamily.InterNetworkV6 && endpoint.Address.IsIPv4MappedToIPv6)
        {
            endpoint = new IPEndPoint(endpoint.Address.MapToIPv4(), endpoint.Port);
        }

        return _exact.TryGetValue(endpoint, out var listener) || _anyAddress.TryGetValue(endpoint.Port, out listener) ? listener : Listener.Shared;
    }
}
