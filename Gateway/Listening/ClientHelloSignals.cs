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
    /// <param name="source">The address that the connection comes from, by which the access lists judge; null if it has none.</param>
    public Task ListenAsync(ConnectionContext connection, IPAddress? source) =>
        ClientHelloListener.ListenAsync(connection, (from, hello) => OnClientHello(from, source, hello), time);

    private void OnClientHello(ConnectionContext connection, IPAddress? source, ReadOnlySequence<byte> hello)
    {
        if (warmUp.Done && FunctionOf(connection, hello) is { } function && access.Permit(source, function))
        {
            // The kernel has accepted the connection, so whoever sent it is there, even if this was in the SYN.
            function.Wake(new Signal(KindOf(connection, function), time.GetTimestamp(), connection.RemoteEndPoint as IPEndPoint) { IsConfirmed = true });
        }
    }

    // A ClientHello inside the SYN is the earliest signal there is: the whole handshake lies ahead. The kernel is asked only where it matters.
    private static SignalKind KindOf(ConnectionContext connection, Function function) =>
        function.Running.Count == 0 && TcpInfo.BeganWithData(connection.Features) ? SignalKind.Syn : SignalKind.ClientHello;

    private Function? FunctionOf(ConnectionContext connection, ReadOnlySequence<byte> hello) =>
        connection.Features.Get<Listener>()?.Function is { } listening ? listening
        : ClientHelloParser.ServerName(hello) is { } name ? hosts.Find(name)
        : null;
}
