using System.Buffers;
using System.Net;
using Gateway.Activation;
using Gateway.Model;
using Gateway.Signals;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Listening;

/// <summary>Wakes a function by the ClientHello, before the handshake begins.</summary>
internal sealed class ClientHelloSignals(HostNames hosts, AccessLists access, IWarmUpGate warmUp, TimeProvider time)
{
    /// <summary>Waits for the connection's first record, and wakes the function that it is for.</summary>
    /// <param name="connection">The connection, whose remote end may be what a load balancer's header says.</param>
    /// <param name="client">The same, with the address that it comes from, by which the access lists judge.</param>
    public Task ListenAsync(ConnectionContext connection, ClientConnection client) =>
        ClientHelloListener.ListenAsync(connection, (from, hello) => OnClientHello(from, client, hello), time);

    private void OnClientHello(ConnectionContext connection, ClientConnection client, ReadOnlySequence<byte> hello)
    {
        if (warmUp.Done && FunctionOf(connection, hello) is { } function && access.Permit(client.Source, function))
        {
            Raise(connection, client, function);
        }
    }

    /// <summary>Raises the signal for a function that the ClientHello is known to be for.</summary>
    public void Raise(ConnectionContext connection, ClientConnection client, Function function)
    {
        var (from, now) = (connection.RemoteEndPoint as IPEndPoint, time.GetTimestamp());
        client.Expect(function, from?.Address, now);
        // The kernel has accepted the connection, so whoever sent it is there, even if this was in the SYN.
        function.Wake(new Signal(KindOf(connection, function), now, from) { IsConfirmed = true, Source = client.Source });
        client.CountAsLoad(function, from);
    }

    // A ClientHello inside the SYN is the earliest signal there is: the whole handshake lies ahead. The kernel is asked only where it matters.
    private static SignalKind KindOf(ConnectionContext connection, Function function) =>
        function.Running.Count == 0 && TcpInfo.BeganWithData(connection.Features) ? SignalKind.Syn : SignalKind.ClientHello;

    private Function? FunctionOf(ConnectionContext connection, ReadOnlySequence<byte> hello) =>
        connection.Features.Get<Listener>()?.Function is { } listening ? listening
        : ClientHelloParser.ServerName(hello) is { } name ? hosts.Find(name)
        : null;
}
