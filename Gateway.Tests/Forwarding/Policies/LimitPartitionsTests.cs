using System.Net;
using System.Threading.RateLimiting;
using Gateway.Configuration;
using Gateway.Configuration.Policies;
using Gateway.Forwarding.Policies;
using Gateway.Tests.Configuration;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Tests.Forwarding.Policies;

public sealed class LimitPartitionsTests
{
    [Theory]
    [InlineData("203.0.113.7", "::ffff:203.0.113.7", true)]
    [InlineData("203.0.113.7", "203.0.113.8", false)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    public void ClientAddress_OneClient_IsOnePartition(string one, string other, bool same)
    {
        var limit = Limit("ClientAddress");
        var partitions = new LimitPartitions();

        Assert.Equal(same, partitions.Of(From(one), limit).PartitionKey == partitions.Of(From(other), limit).PartitionKey);
    }

    [Fact]
    public void Flood_OfHeaderValues_KeepsABoundedNumberOfLimiters()
    {
        var limit = Limit("Header:X-Key");
        var partitions = new LimitPartitions();
        var made = new Dictionary<LimitedPart, RateLimiter>();

        for (var i = 0; i < 100_000; i++)
        {
            var context = new DefaultHttpContext { Request = { Headers = { ["X-Key"] = $"{i}" } } };
            var partition = partitions.Of(context, limit);
            if (!made.ContainsKey(partition.PartitionKey))
            {
                made.Add(partition.PartitionKey, partition.Factory(partition.PartitionKey));
            }
        }

        Assert.InRange(made.Count, LimitPartitions.Most, LimitPartitions.Most + 4096);
        Assert.Equal(made.Count, partitions.Alive);
        foreach (var limiter in made.Values)
        {
            limiter.Dispose();
            limiter.Dispose();
        }

        Assert.Equal(0, partitions.Alive);
    }

    [Fact]
    public void LongValue_IsNotKept()
    {
        var value = new string('x', 10_000);
        var context = new DefaultHttpContext { Request = { Headers = { ["X-Key"] = value } } };

        Assert.InRange(new LimitPartitions().Of(context, Limit("Header:X-Key")).PartitionKey.Value.Length, 1, 64);
    }

    private static DefaultHttpContext From(string address) => new() { Connection = { RemoteIpAddress = IPAddress.Parse(address) } };

    private static RateLimit Limit(string by) => Given.Read(Given.Json($$"""
        { "RateLimiter": { "Policies": { "a": { "PartitionBy": "{{by}}", "FixedWindow": { "PermitLimit": 1, "Window": "00:00:10" } } } } }
        """)).Policies.RateLimiter!.Value.Named["a"];
}
