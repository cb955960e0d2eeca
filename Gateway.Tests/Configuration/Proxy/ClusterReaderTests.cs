using Gateway.Configuration;
using Gateway.Configuration.Proxy;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Gateway.Tests.Configuration.Proxy;

/// <summary>What is told about a cluster, and that what is read says what YARP itself would have read.</summary>
public sealed class ClusterReaderTests
{
    [Theory]
    [InlineData(""" "LoadBalancingPolicy": "RoundRobn" """, "LoadBalancingPolicy", "'RoundRobn' is not one of")]
    [InlineData(""" "LoadBalancingPolicy": "RoundRobn" """, "LoadBalancingPolicy", "did you mean 'RoundRobin'?")]
    [InlineData(""" "LoadBalncingPolicy": "First" """, "LoadBalncingPolicy", "did you mean 'LoadBalancingPolicy'?")]
    [InlineData(""" "SessionAffinity": { "Enabled": "ja" } """, "SessionAffinity:Enabled", "neither true nor false")]
    [InlineData(""" "SessionAffinity": { "Enabled": true } """, "SessionAffinity", "no AffinityKeyName")]
    [InlineData(""" "SessionAffinity": { "Enabled": true, "AffinityKeyName": "k", "Policy": "Cokie" } """, "SessionAffinity:Policy", "did you mean 'Cookie'?")]
    [InlineData(""" "SessionAffinity": { "FailurePolicy": "Return503" } """, "SessionAffinity:FailurePolicy", "is not one of")]
    [InlineData(""" "SessionAffinity": { "Cookie": { "SameSite": "Strickt" } } """, "SessionAffinity:Cookie:SameSite", "did you mean 'Strict'?")]
    [InlineData(""" "SessionAffinity": { "Cookie": { "MaxAge": "0" } } """, "SessionAffinity:Cookie:MaxAge", "is not a time")]
    [InlineData(""" "HealthCheck": { "Active": { "Interval": "10" } } """, "HealthCheck:Active:Interval", "'10' is not a time")]
    [InlineData(""" "HealthCheck": { "Active": { "Enabled": true, "Policy": "Consecutive" } } """, "HealthCheck:Active:Policy", "is not ConsecutiveFailures, the only word that can stand here.")]
    [InlineData(""" "HealthCheck": { "Active": { "Path": "healthz" } } """, "HealthCheck:Active:Path", "start it with '/'")]
    [InlineData(""" "HealthCheck": { "Passive": { "Policy": "TransportFailure" } } """, "HealthCheck:Passive:Policy", "is not TransportFailureRate, the only word that can stand here.")]
    [InlineData(""" "HealthCheck": { "Pasive": {} , "AvailableDestinationsPolicy": "HealthyOrPanic" } """, "HealthCheck:Pasive", "did you mean 'Passive'?")]
    [InlineData(""" "HealthCheck": { "AvailableDestinationsPolicy": "Healthy" } """, "HealthCheck:AvailableDestinationsPolicy", "is not one of")]
    [InlineData(""" "HttpClient": { "MaxConnectionsPerServer": 0 } """, "HttpClient:MaxConnectionsPerServer", "from 1")]
    [InlineData(""" "HttpClient": { "SslProtocols": ["Tls12", "Tls14"] } """, "HttpClient:SslProtocols:1", "'Tls14' is not one of")]
    [InlineData(""" "HttpClient": { "RequestHeaderEncoding": "utf-9" } """, "HttpClient:RequestHeaderEncoding", "is not a character encoding")]
    [InlineData(""" "HttpClient": { "WebProxy": { "Address": "proxy:3128" } } """, "HttpClient:WebProxy:Address", "has no scheme")]
    [InlineData(""" "HttpClient": { "DangerousAcceptAnyCertificate": true } """, "HttpClient:DangerousAcceptAnyCertificate", "unknown key")]
    [InlineData(""" "HttpRequest": { "Version": "4" } """, "HttpRequest:Version", "is not one of 1.0, 1.1, 2")]
    [InlineData(""" "HttpRequest": { "VersionPolicy": "RequestVersionOrHigh" } """, "HttpRequest:VersionPolicy", "did you mean 'RequestVersionOrHigher'?")]
    [InlineData(""" "HttpRequest": { "ActivityTimeout": "-00:00:05" } """, "HttpRequest:ActivityTimeout", "is not a time")]
    [InlineData(""" "HttpRequest": { "ActivityTimout": "00:00:05" } """, "HttpRequest:ActivityTimout", "did you mean 'ActivityTimeout'?")]
    [InlineData(""" "Metadata": { "ConsecutiveFailuresHealthPolicy.Threshold": "many" } """, "Metadata:ConsecutiveFailuresHealthPolicy.Threshold", "is not a number")]
    [InlineData(""" "Metadata": { "TransportFailureRateHealthPolicy.RateLimits": "0.5" } """, "Metadata:TransportFailureRateHealthPolicy.RateLimits", "correct the name")]
    [InlineData(""" "Destinations": { "d": { "Address": "localhost:5000" } } """, "Destinations:d:Address", "'localhost:5000' has no scheme; write e.g. \"http://localhost:5000\".")]
    [InlineData(""" "Destinations": { "d": { "Address": "ftp://x" } } """, "Destinations:d:Address", "is not an address of http, https")]
    [InlineData(""" "Destinations": { "d": { "Address": "http://" } } """, "Destinations:d:Address", "is not an address")]
    [InlineData(""" "Destinations": { "d": { "Address": "http://x/?a=b" } } """, "Destinations:d:Address", "has a query")]
    [InlineData(""" "Destinations": { "d": { "Adress": "http://x" } } """, "Destinations:d:Adress", "did you mean 'Address'?")]
    [InlineData(""" "Destinations": { "d": {} } """, "Destinations:d", "no Address")]
    [InlineData(""" "Destinations": { "d": { "Address": "http://x", "Health": "x:1" } } """, "Destinations:d:Health", "has no scheme")]
    [InlineData(""" "Destinations": [ { "Address": "http://x" } ] """, "Destinations", "found a list")]
    public void Read_WrongCluster_SaysWhereAndWhat(string keys, string key, string expected)
    {
        var errors = Given.Errors(Given.Process("", $$""" "ReverseProxy": { "Clusters": { "other": { {{keys}} } } } """));

        Assert.Contains(errors, error => error.Path == $"ReverseProxy:Clusters:other:{key}" && error.Message.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_ClusterThatNothingAnswers_IsAWarning() =>
        Assert.Contains(Given.Warnings(Given.Process("\"Listen\": [\"http://*:81\"]", """ "ReverseProxy": { "Clusters": { "other": {} } } """)), warning => warning.Path == "ReverseProxy:Clusters:other");

    // Words of every kind; YARP's own reader is the judge of what they mean.
    [Fact]
    public void Read_AllKeys_SaysWhatYarpReads()
    {
        var json = Given.Process("", """
            "ReverseProxy": {
              "Routes": {
                "a": { "ClusterId": "other", "Order": -3, "Timeout": "00:00:07", "MaxRequestBodySize": 12345678901, "Metadata": { "A": "b" },
                  "Match": { "Hosts": ["a.example", "*.b.example:*"], "Path": "/x/{id:int}/{**rest}", "Methods": ["GET", "post"],
                    "Headers": [ { "Name": "h", "Values": ["1", "2"], "Mode": "HeaderPrefix", "IsCaseSensitive": true }, { "Name": "i", "Mode": "NotExists" } ],
                    "QueryParameters": [ { "Name": "q", "Values": ["1"], "Mode": "contains" } ] },
                  "Transforms": [ { "PathRemovePrefix": "/x" }, { "RequestHeader": "a", "Set": "" }, { "X-Forwarded": "Set", "Prefix": "Off" } ] },
                "b": { "ClusterId": "hello", "Match": { "Path": "/y" }, "TimeoutPolicy": "Disable" } },
              "Clusters": {
                "other": { "LoadBalancingPolicy": "leastrequests",
                  "SessionAffinity": { "Enabled": true, "Policy": "HashCookie", "FailurePolicy": "Redistribute", "AffinityKeyName": "k",
                    "Cookie": { "Path": "/", "Domain": "d", "HttpOnly": false, "SecurePolicy": "Always", "SameSite": "lax", "MaxAge": "1.00:00:00", "Expiration": "02:00:00", "IsEssential": true } },
                  "HealthCheck": { "AvailableDestinationsPolicy": "HealthyOrPanic",
                    "Active": { "Enabled": true, "Interval": "00:00:10", "Timeout": "00:00:01.5", "Policy": "ConsecutiveFailures", "Path": "/h", "Query": "?a" },
                    "Passive": { "Enabled": false, "Policy": "TransportFailureRate", "ReactivationPeriod": "00:01:00" } },
                  "HttpClient": { "SslProtocols": ["Tls12", "tls13"], "DangerousAcceptAnyServerCertificate": true, "MaxConnectionsPerServer": 7, "EnableMultipleHttp2Connections": false,
                    "RequestHeaderEncoding": "utf-8", "ResponseHeaderEncoding": "latin1", "WebProxy": { "Address": "http://p:1", "BypassOnLocal": true, "UseDefaultCredentials": false } },
                  "HttpRequest": { "ActivityTimeout": "00:02:00", "Version": "2", "VersionPolicy": "requestversionexact", "AllowResponseBuffering": true },
                  "Metadata": { "ConsecutiveFailuresHealthPolicy.Threshold": "5" },
                  "Destinations": { "d": { "Address": "https://x:1/base", "Health": "http://x:2", "Host": "h.example", "Metadata": { "m": "n" } } } },
                "hello": {} } }
            """);
        var mine = Given.Read(Given.Json(json)).Proxy;

        var services = new ServiceCollection();
        services.AddLogging();
        services.AddReverseProxy().LoadFromConfig(Given.Json(json).GetSection("ReverseProxy"));
        using var provider = services.BuildServiceProvider();
        var yarps = provider.GetRequiredService<IProxyConfigProvider>().GetConfig();

        Assert.Equal(yarps.Routes.OrderBy(route => route.RouteId, StringComparer.Ordinal), mine.Routes.Select(Written).OrderBy(route => route.RouteId, StringComparer.Ordinal));
        Assert.Equal(yarps.Clusters.OrderBy(cluster => cluster.ClusterId, StringComparer.Ordinal), Spelled(mine.Clusters).OrderBy(cluster => cluster.ClusterId, StringComparer.Ordinal));

        // What tells routes apart that YARP takes for equal is ours.
        static RouteConfig Written(RouteConfig route) => route.Metadata is not { } metadata
            ? route
            : route with { Metadata = metadata.Where(pair => !pair.Key.StartsWith("headstart.", StringComparison.Ordinal)).ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.OrdinalIgnoreCase) };

        // Policies compare ignoring case; we write them as YARP does.
        static IEnumerable<ClusterConfig> Spelled(IEnumerable<ClusterConfig> clusters) =>
            clusters.Select(cluster => cluster.LoadBalancingPolicy == "LeastRequests" ? cluster with { LoadBalancingPolicy = "leastrequests" } : cluster);
    }

    [Fact]
    public void Known_Transforms_AreThoseOfYarpsFactories()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddReverseProxy();
        using var provider = services.BuildServiceProvider();
        var factories = provider.GetServices<ITransformFactory>().ToArray();
        var words = factories.SelectMany(factory => factory.GetType().GetFields(System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static))
            .Where(field => field.IsLiteral && field.FieldType == typeof(string)).Select(field => (string)field.GetRawConstantValue()!);
        var first = words.Where(word => factories.Any(factory => Takes(factory, provider, word))).Distinct(StringComparer.Ordinal);

        Assert.Equal(first.Order(StringComparer.Ordinal), TransformsReader.Known.Order(StringComparer.Ordinal));
    }

    private static bool Takes(ITransformFactory factory, IServiceProvider services, string word)
    {
        try
        {
            var context = new TransformRouteValidationContext { Services = services, Route = new RouteConfig { RouteId = "r", Match = new RouteMatch() } };
            return factory.Validate(context, new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { [word] = "x" });
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }
}
