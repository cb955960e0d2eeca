using Gateway.CommandLine;
using Gateway.Tests.Configuration;
using Xunit;

namespace Gateway.Tests.CommandLine;

/// <summary>Broken configurations of all kinds, as <c>check</c> judges them: path, sentence, exit code 2.</summary>
public sealed class BrokenConfigurationTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    // The top.
    [InlineData("""{ "Gatway": {} }""", "Gatway", "unknown section; did you mean 'Gateway'?")]
    [InlineData("""{ "ReverseProxi": {} }""", "ReverseProxi", "did you mean 'ReverseProxy'?")]
    [InlineData("""{ "": { "Gateway": 1 } }""", "\"\"", "unknown section; known here: Gateway, Kestrel, ReverseProxy")]
    [InlineData("""{ "Zebra": 1 }""", "Zebra", "unknown section; known here: Gateway, Kestrel, ReverseProxy")]
    // Kestrel.
    [InlineData("""{ "Kestrel": { "Endpoint": {} } }""", "Kestrel:Endpoint", "did you mean 'Endpoints'?")]
    [InlineData("""{ "Kestrel": { "Endpoints": { "a": { "Url": "http://*:81", "Protocols": "Http9" } } } }""", "Kestrel:Endpoints:a:Protocols", "'Http9' is not one of Http1")]
    [InlineData("""{ "Kestrel": { "Endpoints": { "a": { "Url": "http://*:81", "Protocol": "Http1" } } } }""", "Kestrel:Endpoints:a:Protocol", "did you mean 'Protocols'?")]
    [InlineData("""{ "Kestrel": { "Endpoints": { "a": { "Url": "ftp://*:81" } } } }""", "Kestrel:Endpoints:a:Url", "is neither http nor https")]
    [InlineData("""{ "Kestrel": { "Endpoints": { "a": { "Url": "not an address" } } } }""", "Kestrel:Endpoints:a:Url", "is not an address")]
    [InlineData("""{ "Kestrel": { "Endpoints": { "a": { "Url": "http://*:81/base" } } } }""", "Kestrel:Endpoints:a:Url", "has a path")]
    [InlineData("""{ "Kestrel": { "Endpoints": { "a": { "Url": "http://*:70000" } } } }""", "Kestrel:Endpoints:a:Url", "has a port")]
    [InlineData("""{ "Kestrel": { "Endpoints": { "a": { "Url": "http://203.0.113.7:81" } } } }""", "Kestrel:Endpoints:a:Url", "http://203.0.113.7:81 is no address of this machine")]
    [InlineData("""{ "Kestrel": { "Endpoints": { "a": { "Url": "http://*:81", "Certificate": { "Path": "x" } } } } }""", "Kestrel:Endpoints:a:Certificate", "is for https")]
    [InlineData("""{ "Kestrel": { "Endpoints": { "a": { "Url": "https://*:81" } } } }""", "Kestrel:Endpoints:a", "no Certificate")]
    [InlineData("""{ "Kestrel": { "Endpoints": { "a": { "Url": "https://*:81", "SslProtocols": ["Tls12", "Tls14"] } } } }""", "Kestrel:Endpoints:a:SslProtocols:1", "'Tls14' is not one of")]
    [InlineData("""{ "Kestrel": { "Endpoints": { "a": { "Url": "https://*:81", "ClientCertificateMode": "Require" } } } }""", "Kestrel:Endpoints:a:ClientCertificateMode", "'Require' is not one of")]
    [InlineData("""{ "Kestrel": { "Endpoints": { "a": { "Url": "https://*:81", "Sni": { "a.example": { "Certificat": {} } } } } } }""", "Kestrel:Endpoints:a:Sni:a.example:Certificat", "did you mean 'Certificate'?")]
    [InlineData("""{ "Kestrel": { "Endpoints": { "a": { "Url": "https://*:81", "Sni": { "a b": { "Certificate": { "Path": "x" } } } } } } }""", "Kestrel:Endpoints:a:Sni:a b", "is not a server name")]
    [InlineData("""{ "Kestrel": { "Certificates": { "Default": { "Path": "no.pem", "KeyPath": "no.key" } } } }""", "Kestrel:Certificates:Default:Path", "there is no file")]
    [InlineData("""{ "Kestrel": { "Certificates": { "Default": { "KeyPath": "no.key" } } } }""", "Kestrel:Certificates:Default:KeyPath", "there is no Path")]
    [InlineData("""{ "Kestrel": { "Certificates": { "Defualt": { "Path": "x" } } } }""", "Kestrel:Certificates:Defualt", "did you mean 'Default'?")]
    [InlineData("""{ "Kestrel": { "EndpointDefaults": { "Protocols": "Http1AndHttp" } } }""", "Kestrel:EndpointDefaults:Protocols", "is not one of")]
    [InlineData("""{ "Kestrel": { "Limits": { "MaxRequestHeaderCont": 1 } } }""", "Kestrel:Limits:MaxRequestHeaderCont", "did you mean 'MaxRequestHeaderCount'?")]
    [InlineData("""{ "Kestrel": { "Limits": { "MaxConcurrentConnections": 0 } } }""", "Kestrel:Limits:MaxConcurrentConnections", "is not a whole number from 1")]
    [InlineData("""{ "Kestrel": { "Limits": { "Http2": { "MaxFrameSize": 1000 } } } }""", "Kestrel:Limits:Http2:MaxFrameSize", "from 16384 to 16777215")]
    [InlineData("""{ "Kestrel": { "Limits": { "Http3": { "MaxFrameSize": 20000 } } } }""", "Kestrel:Limits:Http3:MaxFrameSize", "unknown key")]
    [InlineData("""{ "Kestrel": { "Limits": { "MinRequestBodyDataRate": { "BytesPerSecond": 100, "GracePeriod": "00:00:01" } } } }""", "Kestrel:Limits:MinRequestBodyDataRate:GracePeriod", "is not a time from 00:00:01.001")]
    [InlineData("""{ "Kestrel": { "Limits": { "KeepAliveTimeout": "130" } } }""", "Kestrel:Limits:KeepAliveTimeout", "'130' is not a time")]
    [InlineData("""{ "Kestrel": { "Limits": { "MaxRequestLineSize": 2000000 } } }""", "Kestrel:Limits:MaxRequestLineSize", "more than MaxRequestBufferSize")]
    // YARP.
    [InlineData("""{ "ReverseProxy": { "Rotes": {} } }""", "ReverseProxy:Rotes", "did you mean 'Routes'?")]
    [InlineData("""{ "ReverseProxy": { "Routes": { "r": { "ClusterId": "c", "Macth": { "Path": "/x" } } } } }""", "ReverseProxy:Routes:r:Macth", "did you mean 'Match'?")]
    [InlineData("""{ "ReverseProxy": { "Routes": { "r": { "ClusterId": "c" } } } }""", "ReverseProxy:Routes:r:Match", "neither Hosts nor Path")]
    [InlineData("""{ "ReverseProxy": { "Routes": { "r": { "ClusterId": "c", "Match": { "Path": "/x" }, "Transforms": [ { "PathRemovPrefix": "/x" } ] } } } }""", "ReverseProxy:Routes:r:Transforms:0", "did you mean 'PathRemovePrefix'?")]
    [InlineData("""{ "ReverseProxy": { "Routes": { "r": { "ClusterId": "c", "Match": { "Path": "/x" }, "AuthorizationPolicy": "nobody" } } } }""", "ReverseProxy:Routes:r:AuthorizationPolicy", "'nobody'")]
    [InlineData("""{ "ReverseProxy": { "Routes": { "r": { "ClusterId": "c", "Match": { "Path": "/x" }, "CorsPolicy": "nowhere" } } } }""", "ReverseProxy:Routes:r:CorsPolicy", "'nowhere'")]
    [InlineData("""{ "ReverseProxy": { "Routes": { "r": { "ClusterId": "c", "Match": { "Path": "/x" }, "RateLimiterPolicy": "slow" } } } }""", "ReverseProxy:Routes:r:RateLimiterPolicy", "'slow'")]
    [InlineData("""{ "ReverseProxy": { "Routes": { "r": { "ClusterId": "c", "Match": { "Path": "/x" }, "OutputCachePolicy": "long" } } } }""", "ReverseProxy:Routes:r:OutputCachePolicy", "'long'")]
    [InlineData("""{ "ReverseProxy": { "Routes": { "r": { "ClusterId": "c", "Match": { "Path": "/x" }, "TimeoutPolicy": "never" } } } }""", "ReverseProxy:Routes:r:TimeoutPolicy", "'never'")]
    [InlineData("""{ "ReverseProxy": { "Routes": { "r": { "ClusterId": "c", "Match": { "Path": "/x" }, "Order": 1.5 } } } }""", "ReverseProxy:Routes:r:Order", "'1.5' is not a whole number")]
    [InlineData("""{ "ReverseProxy": { "Routes": { "r": { "ClusterId": "c", "Match": { "Hosts": [ "a..example" ] } } } } }""", "ReverseProxy:Routes:r:Match:Hosts:0", "is not a host name")]
    [InlineData("""{ "ReverseProxy": { "Routes": { "r": { "ClusterId": "d", "Match": { "Path": "/x" } } } } }""", "ReverseProxy:Routes:r:ClusterId", "'d' is neither a function nor a cluster")]
    [InlineData("""{ "ReverseProxy": { "Routes": { "r": { "ClusterId": "c", "Match": { "Path": "/x" } }, "s": { "ClusterId": "c", "Match": { "Path": "/x" } } } } }""", "ReverseProxy:Routes:s", "takes the same requests as ReverseProxy:Routes:r, and both have Order 0")]
    [InlineData("""{ "ReverseProxy": { "Clusters": { "c": { "LoadBalancingPolicy": "RoundRobn" } } } }""", "ReverseProxy:Clusters:c:LoadBalancingPolicy", "did you mean 'RoundRobin'?")]
    [InlineData("""{ "ReverseProxy": { "Clusters": { "c": { "Destinations": { "d": { "Address": "10.0.0.1:80" } } } } } }""", "ReverseProxy:Clusters:c:Destinations:d:Address", "has no scheme")]
    [InlineData("""{ "ReverseProxy": { "Clusters": { "c": { "HealthCheck": { "Active": { "Interval": "10s" } } } } } }""", "ReverseProxy:Clusters:c:HealthCheck:Active:Interval", "'10s' is not a time")]
    [InlineData("""{ "ReverseProxy": { "Clusters": { "c": { "HttpClient": { "MaxConections": 1 } } } } }""", "ReverseProxy:Clusters:c:HttpClient:MaxConections", "unknown key")]
    [InlineData("""{ "ReverseProxy": { "Clusters": { "c": { "HttpRequest": { "Version": "2.5" } } } } }""", "ReverseProxy:Clusters:c:HttpRequest:Version", "'2.5' is not one of")]
    // Ours.
    [InlineData("""{ "Gateway": { "Admin": { "Url": "http://203.0.113.7:9090" } } }""", "Gateway:Admin:Url", "is no address of this machine")]
    [InlineData("""{ "Gateway": { "Functions": { "a": { "Runtime": "Process", "Command": ["x"], "Listen": ["http://[2001:db8::7]:81"] } } } }""", "Gateway:Functions:a:Listen:0", "is no address of this machine")]
    [InlineData("""{ "Gateway": { "Functions": { "a": { "Runtime": "Process" } } } }""", "Gateway:Functions:a", "no Command")]
    [InlineData("""{ "Gateway": { "Functions": { "headstart-warmup": { "Runtime": "Process", "Command": ["x"] } } } }""", "Gateway:Functions:headstart-warmup", "of the gateway's own")]
    // No configuration at all.
    [InlineData("", "x.json:1", "not valid JSON")]
    [InlineData("""{ "Gateway": { """, "x.json:1", "not valid JSON")]
    [InlineData("[]", "x.json", "must be an object")]
    public async Task Check_Broken_SaysWhereAndWhat(string json, string path, string expected)
    {
        var (code, errors) = await CheckAsync(json);

        Assert.Equal(2, code);
        Assert.Contains(errors.Split('\n'), line => line.StartsWith($"  {path}: ", StringComparison.Ordinal) && line.Contains(expected, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_Good_SaysSo()
    {
        var (code, errors) = await CheckAsync("""
            { "$schema": "x", "Logging": { "LogLevel": { "Default": "Debug" } }, "AllowedHosts": "*", "ConnectionStrings": { "a": "b" },
              "Kestrel": {
                "Endpoints": { "a": { "Url": "http://*:81", "Protocols": "http1" }, "b": { "Url": "http://unix:/run/x.sock" } },
                "EndpointDefaults": { "Protocols": "Http1, Http2", "SslProtocols": ["Tls13"], "ClientCertificateMode": "AllowCertificate" },
                "Limits": { "MaxRequestBodySize": null, "MaxRequestBufferSize": null, "KeepAliveTimeout": "00:02:10", "MinResponseDataRate": null,
                  "MinRequestBodyDataRate": { "BytesPerSecond": 0.5, "GracePeriod": "00:00:10" },
                  "Http2": { "MaxStreamsPerConnection": 50, "KeepAlivePingDelay": "00:00:30" }, "Http3": { "MaxRequestHeaderFieldSize": 4096 } } },
              "Gateway": { "Functions": { "a": { "Runtime": "Process", "Command": ["x"], "Listen": ["http://127.0.0.9:82"] } } } }
            """);

        Assert.Equal("", errors);
        Assert.Equal(0, code);
    }

    [Fact]
    public async Task Check_LargerThanAnyConfiguration_IsNotRead()
    {
        var file = _directory.File("x.json");
        using (var sparse = File.Create(file))
        {
            sparse.SetLength(4L << 30);
        }

        var allocated = GC.GetTotalAllocatedBytes();
        var (code, errors) = await RunAsync("check", file);

        Assert.Equal(2, code);
        Assert.Contains("x.json: is larger than 64 MiB, the most that is read", errors, StringComparison.Ordinal);
        Assert.InRange(GC.GetTotalAllocatedBytes() - allocated, 0, 64 << 20);
    }

    private Task<(int Code, string Errors)> CheckAsync(string json)
    {
        _directory.Write("x.json", json);
        return RunAsync("check", _directory.File("x.json"));
    }

    private static async Task<(int Code, string Errors)> RunAsync(params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var errors = new StringWriter();
        var code = await GatewayCommands.RunAsync(arguments, output, errors);
        return (code, errors.ToString());
    }
}
