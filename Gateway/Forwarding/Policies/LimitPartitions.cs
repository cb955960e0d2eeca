using System.Globalization;
using System.IO.Hashing;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Claims;
using System.Threading.RateLimiting;
using Gateway.Configuration.Policies;

namespace Gateway.Forwarding.Policies;

/// <summary>
/// Finds the partition in which a request is counted. Clients choose the values, so the number of partitions is bounded. Beyond it values are
/// mapped to partitions by a hash that nobody else can compute, and clients may share a limit until the flood is over.
/// </summary>
internal sealed class LimitPartitions
{
    /// <summary>How many limiters there may be at once. Each takes some 500 bytes.</summary>
    public const int Most = 65_536;

    private const int Folded = 4096;

    /// <summary>The longest value. A longer one is replaced by its hash.</summary>
    private const int LongestValue = 64;

    private const int Ipv6Prefix = 8;

    private int _alive;

    /// <summary>How many limiters there are now.</summary>
    public int Alive => Volatile.Read(ref _alive);

    public RateLimitPartition<LimitedPart> Of(HttpContext context, RateLimit limit)
    {
        var value = Value(context, limit);
        if (Alive >= Most)
        {
            // The hash of a string differs from process to process.
            value = ((uint)value.GetHashCode(StringComparison.Ordinal) % Folded).ToString(CultureInfo.InvariantCulture);
        }

        return RateLimitPartition.Get(new LimitedPart(limit, value), Make);
    }

    private static string Value(HttpContext context, RateLimit limit) => limit.By switch
    {
        PartitionBy.ClientAddress => Address(context),
        PartitionBy.Host => Short(context.Request.Host.Value ?? ""),
        PartitionBy.Header => Short(context.Request.Headers[limit.Header!].ToString()),
        PartitionBy.User => User(context.User) is { } user ? Short(user) : $"@{Address(context)}",
        _ => "",
    };

    private static string? User(ClaimsPrincipal user) =>
        user.Identity is { IsAuthenticated: true } identity ? user.FindFirstValue(ClaimTypes.NameIdentifier) ?? user.FindFirstValue("sub") ?? identity.Name : null;

    private static string Address(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress;
        if (address is not { AddressFamily: AddressFamily.InterNetworkV6 })
        {
            return address?.ToString() ?? "";
        }

        return address.IsIPv4MappedToIPv6
            ? address.MapToIPv4().ToString()
            : Convert.ToHexString(address.GetAddressBytes().AsSpan(0, Ipv6Prefix));
    }

    private static string Short(string value) =>
        value.Length <= LongestValue ? value : Convert.ToHexString(XxHash128.Hash(MemoryMarshal.AsBytes(value.AsSpan())));

    private RateLimiter Make(LimitedPart part)
    {
        Interlocked.Increment(ref _alive);
        return new CountedLimiter(part.Limit!.Make(), Gone);
    }

    private void Gone() => Interlocked.Decrement(ref _alive);
}
