using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Gateway.Activation;
using Gateway.Activation.Scaling;
using Gateway.Listening;
using Gateway.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Gateway.Forwarding.Bytes;

/// <summary>
/// Serves connections to addresses at which bytes are passed on: each has a lease on an instance as long as it is open, so that its function does not rest, and waits
/// for one as a request does.
/// </summary>
internal sealed class ByteConnections(
    FunctionRegistry registry, HeldConnection held, FirstConnections first, InstanceConnections instances, GatewayMetrics metrics, RepeatedErrors errors, TimeProvider time, ILogger<ByteConnections> logger) : IByteConnections
{
    /// <summary>How long a program may take to accept a connection, as for requests.</summary>
    private static readonly TimeSpan s_connectLimit = TimeSpan.FromSeconds(15);

    /// <summary>How long a client is waited for that has connected in vain before. One that waits for the program to speak first stays longer.</summary>
    private static readonly TimeSpan s_doubt = TimeSpan.FromSeconds(1);

    public async Task ServeAsync(ConnectionContext connection, ClientConnection client, Function function, Func<Function?> find, bool isTls)
    {
        var address = (connection.RemoteEndPoint as IPEndPoint)?.Address;
        var arrived = time.GetTimestamp();
        var open = connection.Features.Get<OpenConnection>();
        open?.BeginRequest();
        var arrival = new Arrival(connection, client, arrived, isTls);
        string failure;
        try
        {
            if (!isTls && (function.Quiet.Has(client.Source) || function.Quiet.Has(address)) && !await StaysAsync(connection))
            {
                return;
            }

            var wanted = function;
            while (true)
            {
                // Another version of the function gets the connection as its own address would.
                function = VersionSplit.Choose(wanted, address, registry);
                if (await ServeAsync(arrival, function, wanted.Options.SendProxyProtocol) is not { } unserved)
                {
                    return;
                }

                failure = unserved;
                if (failure.Length == 0 || !(function.IsRetired || wanted.IsRetired) || find() is not { } next || next == wanted)
                {
                    break;
                }

                // A reload has given the address, or the name, to another function while the client waited.
                wanted = next;
            }

            if (failure.Length > 0)
            {
                metrics.Requests.Of(function.Name)?.Failed("Connection");
                errors.Report(nameof(BytesLog.NotServed), function.Name, failure, () => BytesLog.NotServed(logger, function.Name, failure));
            }

            if (isTls && failure.Length > 0)
            {
                await TlsAlert.SendAsync(connection, TlsAlert.InternalError);
                return;
            }

            // A FIN would look as if the program had ended the connection in order.
            connection.Abort(new ConnectionAbortedException("The function cannot be reached."));
        }
        finally
        {
            open?.EndRequest();
        }
    }

    // A monitor's connect is not to wake the function.
    private async Task<bool> StaysAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        await using var limit = time.CreateTimer(static state => ((PipeReader)state!).CancelPendingRead(), input, s_doubt, Timeout.InfiniteTimeSpan);
        var read = await input.ReadAsync();
        input.AdvanceTo(read.Buffer.Start);
        return !(read.IsCompleted && read.Buffer.IsEmpty);
    }

    /// <returns>Returns why the connection was not served; null if it was. The text is empty if the client has left.</returns>
    private async Task<string?> ServeAsync(Arrival arrival, Function function, bool sendsHeader)
    {
        if (arrival.Connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { } client)
        {
            return "the connection has no socket";
        }

        while (true)
        {
            var place = new Place();
            var lease = function.LeaseLeastUsed();
            if (lease is null)
            {
                if (await held.WaitAsync(arrival.Connection, function, arrival.At, place, arrival.IsTls) is { } failure)
                {
                    return failure;
                }

                lease = place.Lease ?? function.LeaseLeastUsed();
            }

            if (lease is null)
            {
                continue;
            }

            try
            {
                await using var instance = await ConnectAsync(lease.Runtime!.Endpoint!, function.Options.Hold.Timeout - time.GetElapsedTime(arrival.At));
                await PassOnAsync(arrival, client, function, instance, sendsHeader);
                return null;
            }
            catch (UnsentException error) when (error.IsRefused && time.GetElapsedTime(arrival.At) < function.Options.Hold.Timeout)
            {
                function.Doubt(lease, error.Message);
            }
            catch (Exception error) when (error is IOException or SocketException or NoDescriptorException or UnsentException or OperationCanceledException or ObjectDisposedException)
            {
                return ErrorText.Of(error);
            }
            finally
            {
                lease.Release(time.GetTimestamp());
            }
        }
    }

    // A connect to an instance that is gone ends with the instance. A program that hangs does not accept.
    private async ValueTask<InstanceStream> ConnectAsync(IPEndPoint endpoint, TimeSpan left)
    {
        if (first.TakeForBytes(endpoint) is { } kept)
        {
            return (InstanceStream)instances.Add(endpoint, kept);
        }

        using var limit = new CancellationTokenSource(left < s_connectLimit && left > TimeSpan.Zero ? left : s_connectLimit, time);
        return (InstanceStream)await instances.ConnectAsync(endpoint, cluster: null, limit.Token);
    }

    private async Task PassOnAsync(Arrival arrival, Socket client, Function function, InstanceStream instance, bool sendsHeader)
    {
        var connection = arrival.Connection;
        metrics.Requests.Of(function.Name)?.Connected();
        client.NoDelay = instance.Socket.NoDelay = true;
        KeepAlive(client);
        KeepAlive(instance.Socket);
        if (sendsHeader)
        {
            await instance.Socket.SendAsync(ProxyHeaderWriter.Write(connection.RemoteEndPoint, connection.LocalEndPoint).AsMemory());
        }

        var cold = function.PendingColdStart;
        cold?.NoteRequest(arrival.At);
        cold?.NoteRtt(TcpInfo.RoundTrip(connection.Features));
        await new Splice(connection, client, instance, time).RunAsync(
            // Who only connects, as monitors and scans do, has not used the function.
            () => arrival.Use(function),
            () =>
            {
                if (cold is not null)
                {
                    function.Served(cold, time.GetTimestamp());
                }
            },
            function.Options.ActivityTimeout);
    }

    // Who vanishes without a word is noticed after two minutes. The system's default is two hours.
    private static void KeepAlive(Socket socket)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 60);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 10);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 6);
    }

    /// <summary>A connection that has arrived.</summary>
    private sealed record Arrival(ConnectionContext Connection, ClientConnection Client, long At, bool IsTls)
    {
        /// <summary>Notes that bytes have passed between the client and the function.</summary>
        public void Use(Function function)
        {
            Client.Use(function);
            function.NoteArrival(At);
            if (!function.Quiet.IsEmpty)
            {
                function.NoteUse(Client.Source, (Connection.RemoteEndPoint as IPEndPoint)?.Address);
            }
        }
    }
}
