using System.Collections.Concurrent;
using System.Globalization;
using Prometheus;

namespace Gateway.Telemetry.Requests;

/// <summary>
/// Counts the requests of one function. Its series are made when they are first needed, so that ten thousand functions at rest have none. What is counted on the warm
/// path is looked up once for each method and status.
/// </summary>
internal sealed class RequestMeter(string name, RequestSeries series)
{
    /// <summary>Statuses beyond these (RFC 9110, section 15) are counted as <see cref="Other"/>, so that a program cannot make series without end.</summary>
    private const int LowestStatus = 100, HighestStatus = 599;

    private const string Other = "other";

    // RFC 9110, section 9.3, and RFC 5789. The last one stands for all that a client may invent.
    private static readonly string[] s_methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", Other];

    private readonly ConcurrentDictionary<(int Method, int Code), Counter.Child> _ended = new();
    private readonly HashSet<string> _reasons = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private Histogram.Child? _durations;
    private Gauge.Child? _inFlight;
    private bool _isClosed;

    /// <summary>Gets the last minute, or null if there has been no request.</summary>
    public RecentRequests? Recent { get; private set; }

    /// <summary>Gets what counts the bytes of the name's connections.</summary>
    public RequestBytes Bytes { get; } = new(name, series);

    /// <summary>Counts a request that has ended.</summary>
    /// <param name="second">The second in which it ended, of a clock that does not go back.</param>
    /// <param name="method">Its method, as the client sent it.</param>
    /// <param name="status">The status of its answer.</param>
    /// <param name="duration">How long it took; null if that says nothing, as with an upgraded connection.</param>
    /// <param name="trace">The trace that it belongs to, for an exemplar; null if it has none that is sampled.</param>
    public void Ended(long second, string method, int status, TimeSpan? duration, Exemplar? trace)
    {
        var key = (MethodOf(method), status is < LowestStatus or > HighestStatus ? 0 : status);
        if ((_ended.GetValueOrDefault(key) ?? Add(key)) is not { } counted)
        {
            return;
        }

        counted.Inc();
        Recent!.Add(second, status >= StatusCodes.Status500InternalServerError, duration);
        if (duration is { } time)
        {
            _durations!.Observe(time.TotalSeconds, trace);
        }
    }

    /// <summary>Counts a request that was not answered well.</summary>
    /// <param name="reason">Why: one of a closed list.</param>
    public void Failed(string reason)
    {
        lock (_gate)
        {
            if (!_isClosed)
            {
                _reasons.Add(reason);
                series.Failures.WithLabels(name, reason).Inc();
            }
        }
    }

    /// <summary>Counts a connection whose bytes are passed on.</summary>
    public void Connected()
    {
        lock (_gate)
        {
            if (!_isClosed)
            {
                series.Connections.WithLabels(name).Inc();
            }
        }
    }

    /// <summary>Sets how many requests there are now.</summary>
    public void InFlight(int requests)
    {
        lock (_gate)
        {
            // A function that nobody has asked has no series.
            if (!_isClosed && (requests > 0 || _inFlight is not null || !_ended.IsEmpty))
            {
                (_inFlight ??= series.InFlight.WithLabels(name)).Set(requests);
            }
        }
    }

    /// <summary>Drops the series, after which none is made again.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            foreach (var key in _ended.Keys)
            {
                series.Ended.RemoveLabelled(Labels(key));
            }

            foreach (var reason in _reasons)
            {
                series.Failures.RemoveLabelled(name, reason);
            }

            series.Durations.RemoveLabelled(name);
            series.InFlight.RemoveLabelled(name);
            series.Connections.RemoveLabelled(name);
        }

        Bytes.Close();
    }

    private static int MethodOf(string method) => method switch
    {
        "GET" => 0,
        "HEAD" => 1,
        "POST" => 2,
        "PUT" => 3,
        "DELETE" => 4,
        "CONNECT" => 5,
        "OPTIONS" => 6,
        "TRACE" => 7,
        "PATCH" => 8,
        _ => 9,
    };

    private string[] Labels((int Method, int Code) key) => [name, s_methods[key.Method], key.Code == 0 ? Other : key.Code.ToString(CultureInfo.InvariantCulture)];

    private Counter.Child? Add((int Method, int Code) key)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return null;
            }

            Recent ??= new RecentRequests();
            _durations ??= series.Durations.WithLabels(name);
            return _ended.GetOrAdd(key, series.Ended.WithLabels(Labels(key)));
        }
    }
}
