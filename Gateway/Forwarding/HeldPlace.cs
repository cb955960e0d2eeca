using Gateway.Listening;
using Gateway.Model;
using Gateway.Telemetry;
namespace Gateway.Forwarding;

/// <summary>The place of a client that waits for a function, which is given back by its disposal. The metrics count it meanwhile.</summary>
internal sealed class HeldPlace : IDisposable
{
    private readonly HeldPlaces _places;
    private readonly GatewayMetrics _metrics;
    private readonly TimeProvider _time;
    private LeftClients.Watch _watch;
    private readonly string _function;
    private readonly ClientGroup _client;
    private readonly long _bytes;
    private readonly long _arrived;

    /// <param name="places">Where the place was taken.</param>
    /// <param name="metrics">The metrics.</param>
    /// <param name="time">The clock.</param>
    /// <param name="taken">What was taken: of which function, by whom, and how many bytes may be read ahead.</param>
    /// <param name="arrived">When the client began to wait, by <see cref="TimeProvider.GetTimestamp"/>.</param>
    public HeldPlace(HeldPlaces places, GatewayMetrics metrics, TimeProvider time, (string Function, ClientGroup Client, long Bytes) taken, long arrived)
    {
        (_places, _metrics, _time, _arrived) = (places, metrics, time, arrived);
        (_function, _client, _bytes) = taken;
        metrics.Held(_function, +1);
    }

    /// <summary>Takes the watch over the client's connection, which ends with the place.</summary>
    public void Take(LeftClients.Watch watch) => _watch = watch;

    public void Dispose()
    {
        _watch.Dispose();
        _places.Give(_function, _client, _bytes);
        _metrics.HoldEnded(_function, _time.GetElapsedTime(_arrived));
        _metrics.Held(_function, -1);
    }
}
