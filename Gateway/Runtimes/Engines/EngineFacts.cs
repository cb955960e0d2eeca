using System.Globalization;
using System.Net;
using Docker.DotNet.Models;

namespace Gateway.Runtimes.Engines;

/// <summary>Holds what an engine says about itself, as far as it is needed.</summary>
/// <param name="CgroupDriver">The driver that names the containers' cgroups, <c>cgroupfs</c> or <c>systemd</c>.</param>
/// <param name="LoggingDriver">The driver that takes containers' output unless told otherwise.</param>
/// <param name="HostAddress">The address at which a program on the engine's own network (<c>host</c>) is reached from here.</param>
/// <param name="Time">The engine's time when it answered, in the form that <c>since</c> of its event stream takes.</param>
/// <param name="Ahead">How far the engine's clock is ahead of ours, less the time that its answer took at most. It is 0 for an engine on this machine.</param>
internal sealed record EngineFacts(string CgroupDriver, string LoggingDriver, IPAddress HostAddress, string Time, TimeSpan Ahead)
{
    /// <param name="answered">The time at which the answer came, by our clock.</param>
    public static async Task<EngineFacts> ReadAsync(
        SystemInfoResponse info, EngineDialect dialect, Uri endpoint, DateTimeOffset answered, CancellationToken cancellationToken) =>
        new(
            info.CgroupDriver,
            dialect.LoggingDriver(info),
            await HostAddressAsync(endpoint, dialect, cancellationToken),
            Timestamp(info.SystemTime),
            IsHere(endpoint) || Nanoseconds(info.SystemTime) is not (> 0 and var time) ? TimeSpan.Zero : TimeSpan.FromTicks(time / 100) - (answered - DateTimeOffset.UnixEpoch));

    /// <summary>
    /// Converts an RFC 3339 time of the engine to seconds with a fraction, which its API takes, or to an empty text if it is not a time.
    /// The result is 50 to 150 ns early, since .NET rounds to ticks of 100 ns, so that what happened at that moment is included.
    /// </summary>
    /// <param name="earlier">The time by which the result is moved back.</param>
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

    /// <summary>Converts a time by our clock to the engine's clock, in nanoseconds since 1970.</summary>
    public long Nanoseconds(DateTimeOffset ours) => (ours + Ahead - DateTimeOffset.UnixEpoch).Ticks * 100;

    /// <summary>Converts an RFC 3339 time of the engine to nanoseconds since 1970, in steps of 100 ns, or to 0 if it is not a time.</summary>
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
