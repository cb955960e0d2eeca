using System.Buffers;
using System.Net;
using Gateway.Activation;
using Gateway.Model;
using Gateway.Signals;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Gateway.Listening;

/// <summary>The signal that the ClientHello gives, before the handshake begins.</summary>
internal sealed class ClientHelloSignals(HostNames hosts, IWarmUpGate warmUp, TimeProvider time)
{
    /// <summary>Returns when the connection's first record has been seen, before the handshake begins.</summary>
    public Task ListenAsync(ConnectionContext connection) => ClientHelloListener.ListenAsync(connection, OnClientHello, time);

    public void OnClientHello(ConnectionContext connection, ReadOnlySequence<byte> hello)
    {
        if (warmUp.Done && FunctionOf(connection, hello) is { } function)
        {
            function.Wake(new Signal(KindOf(connection, function), time.GetTimestamp(), connection.RemoteEndPoint as IPEndPoint));
        }
    }

    // Inside the SYN it is the earliest there is, and the whole handshake lies ahead. Asked only where it can matter.
    private static SignalKind KindOf(ConnectionContext connection, Function function) =>
        function.Running.Count == 0 && connection.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket && ListenSockets.BeganWithData(socket)
            ? SignalKind.Syn
            : SignalKind.ClientHello;

    private Function? FunctionOf(ConnectionContext connection, ReadOnlySequence<byte> hello) =>
        connection.Features.Get<Listener>()?.Function is { } listening ? listening
        : ClientHelloParser.ServerName(hello) is { } name ? hosts.Find(name)
        : null;
}
