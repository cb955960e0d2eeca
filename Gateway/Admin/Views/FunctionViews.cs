using System.Globalization;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Configuration.Labels;
using Gateway.Idle;
using Gateway.Signals;
using Gateway.Signals.Direct;
using Gateway.Telemetry;
using Gateway.Telemetry.Requests;

namespace Gateway.Admin;

/// <summary>Describes functions and the gateway, with what is measured of them only when somebody looks.</summary>
internal sealed class FunctionViews(FunctionRegistry registry, GatewayMetrics metrics, ConfigurationMonitor configuration, KernelAttachment kernel, DirectConnections direct, InstanceMemory memory, TimeProvider time)
{
    /// <summary>How long a measurement of memory is shown, at least: longer if it takes long, so that a fiftieth of a processor is spent on it at most.</summary>
    private static readonly TimeSpan s_measured = TimeSpan.FromSeconds(5);

    private readonly string _started = ColdStartView.Text(time.GetUtcNow());
    private readonly Lock _gate = new();
    private Dictionary<string, long> _memory = [];
    private long? _measuredAt;
    private TimeSpan _stays;

    /// <summary>Returns all functions, those by labels that are not in use too, in the order of their names.</summary>
    public IEnumerable<FunctionView> All() => registry.All.Select(Of).Concat(configuration.State.Rejected.Select(Of)).OrderBy(static view => view.Name, StringComparer.Ordinal);

    /// <summary>Returns the function by labels that is not in use and has that path below the endpoint's address, or null if there is none.</summary>
    public FunctionView? RejectedAt(string path) =>
        configuration.State.Rejected.Select(Of).FirstOrDefault(view => path.Equals($"/api/functions/{view.Name}", StringComparison.OrdinalIgnoreCase));

    /// <summary>Returns what decides how a function is shown: as long as it is equal, so is its view.</summary>
    public object StampOf(Function function) => (
        function,
        function.Version,
        configuration.Current,
        function.OpenConnections,
        direct.StateOf(function),
        function.Notice,
        MemoryOf(function),
        // Requests change what is shown each second.
        function.InFlight > 0 || metrics.Requests.Of(function.Name)?.Recent?.IsBusy(Second) == true ? Second : 0);

    /// <summary>Returns what a function's instances use, in bytes, as it was measured last; null if they use none.</summary>
    public long? MemoryOf(Function function) => Memory().TryGetValue(function.Name, out var bytes) ? bytes : null;

    public FunctionView Of(Function function)
    {
        var (snapshot, options) = (function.Snapshot(), function.Options);
        return new FunctionView(
            snapshot.Name,
            snapshot.State.ToString(),
            snapshot.InFlight,
            [.. snapshot.Instances.Select(InstanceView.Of)],
            snapshot.Failure,
            snapshot.Rest is { } rest ? new RestView(rest.Tier.ToString(), rest.Reason) : null,
            NeedView.Of(snapshot.Trust),
            options.Run.Runtime,
            options.Run.Program,
            options.Idle.Tier?.ToString() ?? "Auto",
            [.. function.Tiers.SkipLast(1).Select(static tier => tier.ToString())],
            function.MissingTier,
            AddressesOf(options, configuration.Current.Shared),
            function.OpenConnections + direct.CountOf(function),
            MemoryOf(function),
            TrafficView.Of(metrics.Requests.Of(function.Name)?.Recent?.Read(Second)),
            function.Notice,
            ScaleView.Of(snapshot.Scale),
            DirectView.Of(direct.StateOf(function)));
    }

    // One whose name another function has is called by its container's, if that is free.
    private FunctionView Of(RejectedFunction rejected) => new(
        !registry.TryGet(rejected.Name, out _) ? rejected.Name : !registry.TryGet(rejected.Container, out _) ? rejected.Container : $"{rejected.Runtime}-{rejected.Container}", "Rejected", InFlight: 0, [], rejected.Reason, Rest: null, Trust: null, rejected.Runtime, rejected.Container);

    /// <summary>Describes the gateway.</summary>
    public GatewayView Gateway() => new(
        configuration.Current.Name,
        BuildMetrics.Version.Split('+')[0],
        $".NET {Environment.Version}",
        _started,
        [.. configuration.Current.Shared.Select(static address => address.ToString())],
        ConfigurationView.Of(configuration),
        GatewayView.HooksOf(kernel));

    private static List<string> AddressesOf(FunctionOptions function, IReadOnlyList<ListenAddress> shared)
    {
        List<string> addresses = [.. function.Listen.Select(static listen => listen.ToString())];
        if (shared.OrderByDescending(static address => address.IsHttps).FirstOrDefault() is { } address)
        {
            var port = address.Port == (address.IsHttps ? 443 : 80) ? "" : string.Create(CultureInfo.InvariantCulture, $":{address.Port}");
            addresses.AddRange(function.Hosts.Select(host => $"{address.Scheme}://{host}{port}"));
        }

        return addresses;
    }

    private long Second => time.GetTimestamp() / time.TimestampFrequency;

    private Dictionary<string, long> Memory()
    {
        lock (_gate)
        {
            if (_measuredAt is not { } at || time.GetElapsedTime(at) > _stays)
            {
                var begun = time.GetTimestamp();
                _memory = registry.All.Select(static function => (function.Name, Occupancy: function.Occupancy()))
                    .Select(entry => (entry.Name, Bytes: entry.Occupancy.Staying.Concat(entry.Occupancy.Leaving).Sum(memory.Of)))
                    .Where(static entry => entry.Bytes > 0)
                    .ToDictionary(static entry => entry.Name, static entry => entry.Bytes, StringComparer.OrdinalIgnoreCase);
                _measuredAt = time.GetTimestamp();
                _stays = TimeSpan.FromTicks(Math.Max(s_measured.Ticks, time.GetElapsedTime(begun).Ticks * 50));
            }

            return _memory;
        }
    }
}
