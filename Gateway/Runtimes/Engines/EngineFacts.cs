using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
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
    /// <summary>
    /// What a container costs while its gate waits, in bytes, mostly by the engine's own process for it: 13 MiB of containerd's shim, 2 MiB of Podman's
    /// conmon. The gate has some pages.
    /// </summary>
    private const long CostOfWaiting = 16L << 20;

    /// <summary>The part of the memory that may be used for containers that wait.</summary>
    private const int PartForWaiting = 8;

    private const int FewestWaiting = 4;

    /// <summary>Gets how many containers may wait behind their gates at once.</summary>
    public int MostWaiting => (int)Math.Clamp(Memory / PartForWaiting / CostOfWaiting, FewestWaiting, int.MaxValue);

    /// <summary>Gets the memory of the engine's machine in bytes, or for an engine on this machine what of it the gateway may use.</summary>
    public long Memory { get; private init; }

    /// <summary>Gets the architecture of the engine's machine in the engine's words, <c>x86_64</c> or <c>amd64</c>, or an empty text if it does not say.</summary>
    public string Architecture { get; private init; } = "";

    /// <summary>Gets the engine's version, or an empty text if it does not say.</summary>
    public string Version { get; private init; } = "";

    /// <summary>Gets the version of cgroups that the engine uses, <c>1</c> or <c>2</c>, or an empty text if it does not say.</summary>
    public string CgroupVersion { get; private init; } = "";

    /// <summary>Gets whether the engine runs without root's rights, in a user namespace (docker-info(1) and podman-info(1), the security option <c>rootless</c>).</summary>
    public bool IsRootless { get; private init; }

    /// <summary>Gets whether programs for this machine's architecture run on the engine's. One that does not say counts as alike.</summary>
    public bool IsOfThisArchitecture => Architecture.Length == 0 || (RuntimeInformation.OSArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => Architecture is "x86_64" or "amd64",
        System.Runtime.InteropServices.Architecture.Arm64 => Architecture is "aarch64" or "arm64",
        _ => false,
    });

    /// <param name="answered">The time at which the answer came, by our clock.</param>
    public static async Task<EngineFacts> ReadAsync(
        SystemInfoResponse info, EngineDialect dialect, Uri endpoint, DateTimeOffset answered, CancellationToken cancellationToken) =>
        new(
            info.CgroupDriver,
            dialect.LoggingDriver(info),
            await HostAddressAsync(endpoint, dialect, cancellationToken),
            Timestamp(info.SystemTime),
            IsHere(endpoint) || Nanoseconds(info.SystemTime) is not (> 0 and var time) ? TimeSpan.Zero : TimeSpan.FromTicks(time / 100) - (answered - DateTimeOffset.UnixEpoch))
        {
            Memory = IsHere(endpoint) || info.MemTotal <= 0 ? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes : info.MemTotal,
            Architecture = info.Architecture ?? "",
            Version = info.ServerVersion ?? "",
            CgroupVersion = info.CgroupVersion ?? "",
            IsRootless = info.SecurityOptions?.Contains("name=rootless", StringComparer.Ordinal) == true,
        };

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
