using Gateway.Configuration;
using Gateway.Configuration.Policies;
using Xunit;

namespace Gateway.Tests.Configuration.Policies;

/// <summary>What the sections of ASP.NET Core's middlewares become, and what is said of mistakes in them.</summary>
public sealed class PolicyReaderTests
{
    private const string Scheme = """ "Authentication": { "Schemes": { "Bearer": { "Authority": "https://id.example", "ValidAudience": "api" } } } """;

    [Fact]
    public void Cors_AllProperties_AreThePolicys()
    {
        var cors = Read("""
            "Cors": { "Policies": { "app": {
              "Origins": ["https://app.example", "https://*.dev.example:8443"], "Methods": ["GET", "PUT"], "Headers": ["X-A"],
              "ExposedHeaders": ["X-B"], "SupportsCredentials": true, "PreflightMaxAge": "00:10:00" } } }
            """).Cors!.Value;

        var policy = cors.Named["APP"];
        Assert.True(policy.IsOriginAllowed("https://app.example"));
        Assert.True(policy.IsOriginAllowed("https://one.dev.example:8443"));
        Assert.False(policy.IsOriginAllowed("https://evil.example"));
        Assert.Equal(["GET", "PUT"], policy.Methods);
        Assert.Equal(["X-A"], policy.Headers);
        Assert.Equal(["X-B"], policy.ExposedHeaders);
        Assert.True(policy.SupportsCredentials);
        Assert.Equal(TimeSpan.FromMinutes(10), policy.PreflightMaxAge);
        Assert.Null(cors.Default);
    }

    [Fact]
    public void RateLimiter_EachLimiter_LetsThroughWhatItSays()
    {
        var limits = Read("""
            "RateLimiter": { "GlobalLimiter": { "Concurrency": { "PermitLimit": 3 } }, "Policies": {
              "fixed": { "PartitionBy": "ClientAddress", "FixedWindow": { "PermitLimit": 2, "Window": "00:01:00" } },
              "sliding": { "PartitionBy": "Host", "SlidingWindow": { "PermitLimit": 4, "Window": "00:01:00", "SegmentsPerWindow": 6 } },
              "bucket": { "PartitionBy": "Header:X-Api-Key", "TokenBucket": { "TokenLimit": 5, "TokensPerPeriod": 1, "ReplenishmentPeriod": "00:00:10" } } } }
            """).RateLimiter!.Value;

        Assert.Equal(429, limits.RejectionStatusCode);
        Assert.Equal(3, Permits(limits.Global!));
        Assert.Equal(2, Permits(limits.Named["fixed"]));
        Assert.Equal(PartitionBy.ClientAddress, limits.Named["fixed"].By);
        Assert.Equal(4, Permits(limits.Named["sliding"]));
        Assert.Equal(5, Permits(limits.Named["bucket"]));
        Assert.Equal((PartitionBy.Header, "X-Api-Key"), (limits.Named["bucket"].By, limits.Named["bucket"].Header));
    }

    [Fact]
    public void Authorization_Requirements_AreTheFrameworks()
    {
        var policies = Read($$"""
            {{Scheme}}, "Authorization": { "FallbackPolicy": { "RequireAuthenticatedUser": true }, "Policies": {
              "admins": { "RequireRole": ["admin", "root"], "RequireClaim": { "scope": ["write"], "tenant": [] } } } }
            """).Authorization!.Value;

        Assert.Single(policies.Fallback!.Requirements);
        Assert.Equal(3, policies.Named["admins"].Requirements.Count);
    }

    [Fact]
    public void OutputCacheAndTimeouts_DefaultsAndValues()
    {
        var options = Read("""
            "OutputCache": { "SizeLimit": "1MiB", "Policies": { "a": {}, "b": { "Expire": "00:05:00", "VaryByQuery": ["page"], "VaryByHeader": ["Accept"], "VaryByHost": false, "Locking": true } } },
            "RequestTimeouts": { "DefaultPolicy": { "Timeout": "00:01:00" }, "Policies": { "fast": { "Timeout": "00:00:02.500", "TimeoutStatusCode": 503 } } }
            """);

        var cache = options.OutputCache!.Value;
        Assert.Equal(1 << 20, cache.SizeLimit);
        Assert.Equal(TimeSpan.FromMinutes(1), cache.Named["a"].Expire);
        Assert.Equal(["*"], cache.Named["a"].VaryByQuery);
        Assert.Equal(["page"], cache.Named["b"].VaryByQuery);
        Assert.True(cache.Named["b"] is { VaryByHost: false, Locking: true });
        Assert.Equal(TimeSpan.FromMilliseconds(2500), options.RequestTimeouts!.Value.Named["fast"].Timeout);
        Assert.Equal(TimeSpan.FromMinutes(1), options.RequestTimeouts.Value.Default!.Timeout);
    }

    [Theory]
    [InlineData(""" "Kestrel": { "Endpoints": { "p": { "Url": "http://*:8080" }, "s": { "Url": "https://*:8443" } } }, "HttpsRedirection": {} """, 8443, 307)]
    [InlineData(""" "Kestrel": { "Endpoints": { "p": { "Url": "http://*:8080" } } }, "HttpsRedirection": { "HttpsPort": 443, "RedirectStatusCode": 308 } """, 443, 308)]
    public void HttpsRedirection_Port_IsTheOneHttpsEndpointOrTheOneThatIsGiven(string json, int port, int status)
    {
        var redirect = Read(json).HttpsRedirection!;

        Assert.Equal((port, status, false), (redirect.Port, redirect.StatusCode, redirect.Listen));
    }

    [Theory]
    [InlineData(""" "Cors": { "Policies": { "a": { "Origins": ["https://a.example/"] } } } """, "Cors:Policies:a:Origins:0", "is not an origin")]
    [InlineData(""" "Cors": { "Policies": { "a": { "AllowAnyOrigin": true, "SupportsCredentials": true } } } """, "Cors:Policies:a:SupportsCredentials", "list the Origins")]
    [InlineData(""" "Cors": { "Policies": { "a": {} } } """, "Cors:Policies:a:Origins", "nobody is allowed")]
    [InlineData(""" "Cors": { "Polices": {} , "Policies": {} } """, "Cors:Polices", "did you mean 'Policies'?")]
    [InlineData(""" "Cors": { "DefaultPolicy": { "Origins": ["https://a.example"], "Method": ["GET"] } } """, "Cors:DefaultPolicy:Method", "did you mean 'Methods'?")]
    [InlineData(""" "RateLimiter": { "Policies": { "a": {} } } """, "RateLimiter:Policies:a", "no limit")]
    [InlineData(""" "RateLimiter": { "Policies": { "a": { "FixedWindow": { "PermitLimit": 1, "Window": "60" } } } } """, "RateLimiter:Policies:a:FixedWindow:Window", "is not a time")]
    [InlineData(""" "RateLimiter": { "Policies": { "a": { "TokenBucket": { "TokenLimit": 1, "TokensPerPeriod": 1 } } } } """, "RateLimiter:Policies:a:TokenBucket:ReplenishmentPeriod", "needed")]
    [InlineData(""" "RateLimiter": { "Policies": { "a": { "PartitionBy": "Header:a b", "Concurrency": { "PermitLimit": 1 } } } } """, "RateLimiter:Policies:a:PartitionBy", "not a header's name")]
    [InlineData(""" "RateLimiter": { "Policies": { "a": { "PartitionBy": "User", "Concurrency": { "PermitLimit": 1 } } } } """, "RateLimiter:Policies:a:PartitionBy", "add Authentication:Schemes")]
    [InlineData(""" "RateLimiter": { "Policies": { "disable": { "Concurrency": { "PermitLimit": 1 } } } } """, "RateLimiter:Policies:disable", "choose another name")]
    [InlineData(""" "Authorization": { "Policies": { "a": { "RequireRole": ["x"] } } } """, "Authorization:Policies:a", "add Authentication:Schemes")]
    [InlineData(""" "Authentication": { "Schemes": { "B": { "ValidAudience": "x" } } } """, "Authentication:Schemes:B:Authority", "nothing to verify")]
    [InlineData(""" "Authentication": { "Schemes": { "B": { "Authority": "http://id", "ValidAudience": "x" } } } """, "Authentication:Schemes:B:Authority", "is not https")]
    [InlineData(""" "Authentication": { "Schemes": { "B": { "Authority": "https://id" } } } """, "Authentication:Schemes:B:ValidAudience", "every token would be refused")]
    [InlineData(""" "Authentication": { "Schemes": { "B": { "ValidAudience": "x", "ValidIssuer": "me", "SigningKeys": [ { "Issuer": "me", "Value": "c2hvcnQ=" } ] } } } """, "Authentication:Schemes:B:SigningKeys:0:Value", "32 bytes")]
    [InlineData(""" "OutputCache": { "SizeLimit": "much" } """, "OutputCache:SizeLimit", "is not a size")]
    [InlineData(""" "RequestTimeouts": { "Policies": { "a": {} } } """, "RequestTimeouts:Policies:a:Timeout", "no time")]
    [InlineData(""" "ResponseCompression": { "Providers": ["zip"] } """, "ResponseCompression:Providers:0", "is not one of br, gzip")]
    [InlineData(""" "ResponseCompression": { "EnableForHttp": true } """, "ResponseCompression:EnableForHttp", "did you mean 'EnableForHttps'?")]
    [InlineData(""" "HttpsRedirection": { "RedirectStatusCode": 303, "HttpsPort": 443, "Listen": true } """, "HttpsRedirection:RedirectStatusCode", "is not one of 301, 302, 307, 308")]
    [InlineData(""" "Kestrel": { "Endpoints": { "p": { "Url": "http://*:8080" } } }, "HttpsRedirection": {} """, "HttpsRedirection:HttpsPort", "no endpoint under Kestrel:Endpoints speaks https")]
    [InlineData(""" "Kestrel": { "Endpoints": { "p": { "Url": "http://*:80" }, "s": { "Url": "https://*:8443" }, "t": { "Url": "https://*:9443" } } }, "HttpsRedirection": {} """, "HttpsRedirection:HttpsPort", "8443 and 9443")]
    [InlineData(""" "Hsts": { "MaxAge": "365" } """, "Hsts:MaxAge", "is not a time")]
    public void Mistake_IsToldWithItsPath(string json, string path, string message)
    {
        var error = Assert.Single(Given.Errors($"{{ {json} }}"));

        Assert.Equal(path, error.Path);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CorsPolicy", "ap", "did you mean 'app'?")]
    [InlineData("CorsPolicy", "Default", "add Cors:DefaultPolicy")]
    [InlineData("RateLimiterPolicy", "none", "define it under RateLimiter:Policies")]
    [InlineData("OutputCachePolicy", "Default", "define it under OutputCache:Policies")]
    [InlineData("TimeoutPolicy", "slow", "define it under RequestTimeouts:Policies")]
    [InlineData("AuthorizationPolicy", "default", "add Authentication:Schemes")]
    [InlineData("AuthorizationPolicy", "Anonymos", "did you mean 'Anonymous'?")]
    public void PolicyThatIsNotThere_NamedByARoute_IsToldWithTheRoutesPath(string key, string name, string message)
    {
        var error = Given.Error($$"""
            { "Cors": { "Policies": { "app": { "AllowAnyOrigin": true } } },
              "ReverseProxy": { "Routes": { "r": { "ClusterId": "c", "{{key}}": "{{name}}", "Match": { "Path": "/" } } },
                                "Clusters": { "c": { "Destinations": { "d": { "Address": "http://127.0.0.1:1/" } } } } } }
            """);

        Assert.Equal($"ReverseProxy:Routes:r:{key}", error.Path);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AuthorizationPolicy", "anonymous")]
    [InlineData("CorsPolicy", "disable")]
    [InlineData("RateLimiterPolicy", "Disable")]
    [InlineData("RateLimiterPolicy", "default")]
    [InlineData("TimeoutPolicy", "Disable")]
    public void SpecialNames_NeedNoSection(string key, string name) => Assert.Empty(Given.Errors($$"""
        { "ReverseProxy": { "Routes": { "r": { "ClusterId": "c", "{{key}}": "{{name}}", "Match": { "Path": "/" } } },
                            "Clusters": { "c": { "Destinations": { "d": { "Address": "http://127.0.0.1:1/" } } } } } }
        """));

    [Fact]
    public void Equality_TheSameWords_AreTheSamePolicies()
    {
        const string json = """ "Cors": { "Policies": { "a": { "Origins": ["https://a.example"] } } }, "RateLimiter": { "Policies": { "a": { "Concurrency": { "PermitLimit": 1 } } } } """;

        var (one, two) = (Read(json), Read(json));

        Assert.Equal(one, two);
        Assert.Equal(one.RateLimiter!.Value.Named["a"], two.RateLimiter!.Value.Named["a"]);
        Assert.NotEqual(one, Read(json.Replace("\"PermitLimit\": 1", "\"PermitLimit\": 2", StringComparison.Ordinal)));
        Assert.NotEqual(one, Read(json.Replace("a.example", "b.example", StringComparison.Ordinal)));
    }

    private static PolicyOptions Read(string json) => Given.Read(Given.Json($"{{ {json} }}")).Policies;

    private static int Permits(RateLimit limit)
    {
        using var limiter = limit.Make();
        var taken = 0;
        while (taken < 100 && limiter.AttemptAcquire() is { IsAcquired: true })
        {
            taken++;
        }

        return taken;
    }
}
