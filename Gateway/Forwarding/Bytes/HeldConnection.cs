using System.Net;
using Gateway.Activation;
using Gateway.Activation.Scaling;
using Gateway.Model;
using Gateway.Telemetry;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Forwarding.Bytes;

/// <summary>Has a connection wait for its function, in the same places as requests that wait. Its bytes stay where the transport keeps them.</summary>
internal sealed class HeldConnection(HeldPlaces places, GatewayMetrics metrics, TimeProvider time)
{
    /// <summary>Waits until the function runs.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="function">The function.</param>
    /// <param name="arrived">When the connection arrived, by <see cref="TimeProvider.GetTimestamp"/>.</param>
    /// <param name="place">Has the lease afterwards, if the function limits what its instances get.</param>
    /// <param name="isTls">Whether the client has sent a ClientHello, behind which an end of its direction means that it has left.</param>
    /// <returns>Returns why it does not run, in one sentence; null if it does. The text is empty if the client has left.</returns>
    public async Task<string?> WaitAsync(ConnectionContext connection, Function function, long arrived, Place place, bool isTls)
    {
        var (name, hold, from) = (function.Name, function.Options.Hold, connection.RemoteEndPoint as IPEndPoint);
        var group = ClientGroup.Of(from?.Address);
        if (places.TryTake(name, hold, group, bytes: 0) is { } refusal)
        {
            metrics.HoldRefused(name, $"{refusal}");
            return $"as many wait as may ({refusal})";
        }

        using var held = new HeldPlace(places, metrics, time, (name, group, 0), arrived);
        using var limit = new CancellationTokenSource();
        var left = hold.Timeout - time.GetElapsedTime(arrived);
        await using var timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), limit, left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        await using var closed = connection.ConnectionClosed.UnsafeRegister(
            static state =>
            {
                var (input, isTls, limit) = ((System.IO.Pipelines.PipeReader, bool, CancellationTokenSource))state!;
                if (HasLeft(input, isTls))
                {
                    limit.Cancel();
                }
            },
            (connection.Transport.Input, isTls, limit));
        try
        {
            var result = await function.WaitAsync(new Signal(SignalKind.Request, arrived, from), place, limit.Token);
            return result.Failure;
        }
        catch (OperationCanceledException)
        {
            return HasLeft(connection.Transport.Input, isTls) ? "" : "it did not start within Hold:Timeout";
        }
    }

    // Who has sent something and ended only that direction waits for an answer. Who has sent nothing has left, and so has who cannot go on with its handshake.
    private static bool HasLeft(System.IO.Pipelines.PipeReader input, bool isTls)
    {
        try
        {
            if (!input.TryRead(out var read))
            {
                return false;
            }

            var hasLeft = read.IsCompleted && (isTls || read.Buffer.IsEmpty);
            input.AdvanceTo(read.Buffer.Start);
            return hasLeft;
        }
        catch (InvalidOperationException error) when (error is not ObjectDisposedException)
        {
            // The question is being asked already.
            return false;
        }
        catch (Exception error) when (error is IOException or ConnectionAbortedException or ObjectDisposedException)
        {
            return true;
        }
    }
}
