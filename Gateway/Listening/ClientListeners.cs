using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Listening;

/// <summary>Makes Kestrel's listeners: those of a transport, behind <see cref="AcceptGate"/>.</summary>
/// <param name="transport">The transport, whose listeners stop an accept when its token is cancelled.</param>
/// <param name="gate">Stops and resumes the listeners.</param>
/// <param name="young">Counts what they accept.</param>
internal sealed class ClientListeners(IConnectionListenerFactory transport, AcceptGate gate, YoungConnections young) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => transport is IConnectionListenerFactorySelector selector && selector.CanBind(endpoint);

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var listener = new ClientListener(await transport.BindAsync(endpoint, cancellationToken), gate, young);
        gate.Add(listener);
        return listener;
    }
}
