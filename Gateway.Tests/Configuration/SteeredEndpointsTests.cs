using Gateway.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;
using Xunit;

namespace Gateway.Tests.Configuration;

/// <summary>What Kestrel is given when the kernel steers, and who hears of a change.</summary>
public sealed class SteeredEndpointsTests
{
    private const string Certificate = """ "Kestrel": { "Certificates": { "Default": { "Path": "cert.pem", "KeyPath": "key.pem" } }, "Endpoints": { "mine": { "Url": "http://*:80" } } } """;

    [Fact]
    public void SteerFunctions_AnyNumberOfAddresses_OneEndpointForEachScheme()
    {
        using var validated = Validated(Given.Process("\"Listen\": [\"http://*:8000-8999\", \"https://*:10000-10999\"]", Certificate));
        Assert.Equal(2002, Urls(validated).Length);

        validated.SteerFunctions();

        Assert.Equal(["http://*:80", "http://127.0.0.1:9090", "http://127.72.83.1:0", "https://127.72.83.2:0"], Urls(validated).Order());
    }

    [Fact]
    public void SteerFunctions_NoCertificate_NoTls()
    {
        using var validated = Validated(Given.Process("\"Listen\": [\"http://*:8000\"]"));
        validated.SteerFunctions();
        Assert.Equal(["http://127.0.0.1:9090", "http://127.72.83.1:0"], Urls(validated).Order());
    }

    [Fact]
    public void Publish_OnlyAnAddressOfAFunction_KestrelIsNotTold()
    {
        using var validated = Validated(Given.Process("\"Listen\": [\"http://*:8000\"]", Certificate));
        validated.SteerFunctions();
        _ = Urls(validated);
        var told = 0;
        using var kestrel = ChangeToken.OnChange(validated.Kestrel.GetReloadToken, () => told++);

        Publish(validated, Given.Process("\"Listen\": [\"http://*:8000\", \"https://*:8001\"]", Certificate));
        Assert.Equal(0, told);

        Publish(validated, Given.Process("\"Listen\": [\"http://*:8000\"]", Certificate + """, "ReverseProxy": { "Routes": { "r": { "ClusterId": "hello", "Match": { "Path": "/x" } } } } """));
        Assert.Equal(0, told);
    }

    private static ValidatedConfiguration Validated(string json)
    {
        var result = Given.TryRead(Given.Json(json));
        return new ValidatedConfiguration(result.Options!, result.Root!);
    }

    private static void Publish(ValidatedConfiguration validated, string json)
    {
        var result = Given.TryRead(Given.Json(json));
        Assert.Empty(result.Errors);
        validated.Publish(result.Options!, result.Root!);
    }

    private static string[] Urls(ValidatedConfiguration validated) =>
        [.. validated.Kestrel.GetSection("Endpoints").GetChildren().Select(endpoint => endpoint["Url"]!)];
}
