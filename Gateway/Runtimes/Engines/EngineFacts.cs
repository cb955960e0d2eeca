using System.Globalization;
using System.Net;
using Docker.DotNet.Models;

namespace Gateway.Runtimes.Engines;

/// <summary>What an engine says about itself and what we need of it.</summary>
/// <param name="CgroupDriver"><c>cgroupfs</c> or <c>systemd</c>: who names the containers' cgroups.</param>
/// <param name="LoggingDriver">Where containers' output goes unless told otherwise.</param>
/// <param name="HostAddress">Where a program on the engine's own network (<c>host</c>) is reached from here.</param>
/// <param name="Time">The engine's own clock when it answered, as its event stream's <c>since</c> takes it.</param>
/// <param name="Ahead">By how much the engine's clock is ahead of ours, or less by the time that its answer took; 0 on this machine.</param>
internal sealed record EngineFacts(string CgroupDriver, string LoggingDriver, IPAddress HostAddress, string Time, TimeSpan Ahead)
{
    /// <param name="answered">When the answer had come, by our clock.</param>
    public static async Task<EngineFacts> ReadAsync(
        SystemInfoResponse info, EngineDialect dialect, Uri endpoint, DateTimeOffset answered, CancellationToken cancellationToken) =>
        new(
            info.CgroupDriver,
            dialect.LoggingDriver(info),
            await HostAddressAsync(endpoint, dialect, cancellationToken),
            Timestamp(info.SystemTime),
            IsHere(endpoint) || Nanoseconds(info.SystemTime) is not (> 0 and var time) ? TimeSpan.Zero : TimeSpan.FromTicks(time / 100) - (answered - DateTimeOffset.UnixEpoch));

    /// <summary>
    /// An RFC 3339 time of the engine as the seconds with fraction that its API takes; empty when it is no time.
    /// 50 to 150 ns early, since .NET rounds to ticks of 100 ns: what happened at that moment is included.
    /// </summary>
    /// <param name="earlier">Moves the time back by this much.</param>
    public static string Timestamp(string rfc3339, TimeSpan earlier = default)
    {
        if (!DateTimeOffset.TryParse(rfc3339, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            || time < DateTimeOffset.UnixEpoch)
        {
            return "";
        }

        var ticks = (time - earlier - DateTimeOffset.UnixEpoch).Ticks - 1;
        return ticks <= 0 ? "" : string.Create(
            CultureInfo.InvariantCulture,
            $"{ticks / TimeSpan.TicksPerSecond}.{ticks % TimeSpan.TicksPerSecond * 100:000000000}");
    }

    /// <summary>A time of ours by the engine's clock, in nanoseconds since 1970.</summary>
    public long Nanoseconds(DateTimeOffset ours) => (ours + Ahead - DateTimeOffset.UnixEpoch).Ticks * 100;

    /// <summary>An RFC 3339 time of the engine in nanoseconds since 1970, rounded down to 100; 0 when it is no time.</summary>
    public static long Nanoseconds(string? rfc3339) =>
        DateTimeOffset.TryParse(rfc3339, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && time > DateTimeOffset.UnixEpoch
            ? (time - DateTimeOffset.UnixEpoch).Ticks * 100
            : 0;

    private static bool IsHere(Uri endpoint) => endpoint.IsLoopback || endpoint.Scheme == "unix";

    private static async Task<IPAddress> HostAddressAsync(Uri endpoint, EngineDialect dialect, CancellationToken cancellationToken)
    {
        if (IsHere(endpoint))
        {
            return IPAddress.Loopback;
        }

        try
        {
            var addresses = await Dns.GetHostAddressesAsync(endpoint.DnsSafeHost, cancellationToken);
            return addresses[0];
        }
        catch (System.Net.Sockets.SocketException exception)
        {
            throw EngineErrors.Unreachable(dialect, endpoint, exception);
        }
    }
}
