using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Gateway.Configuration;
using Gateway.Runtimes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Tests.Configuration;

/// <summary>What a real Kestrel does with the endpoints that are made for functions.</summary>
public sealed class KestrelSniTests : IDisposable
{
    // Not 127.0.0.1: ports there are everybody's.
    private static readonly IPAddress Address = IPAddress.Parse("127.0.77.1");
    private readonly TemporaryDirectory _directory = new();
    private readonly int _port = Given.FreePort(Address);
    private readonly int _userPort = Given.FreePort(Address);
    private int _clientHellos;
    private int _connections;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("a.example", "a.example")]
    [InlineData("A.EXAMPLE", "a.example")]
    [InlineData("x.b.example", "b.example")]
    [InlineData("inherits.example", "endpoint.example")]
    [InlineData("unknown.example", "default.example")]
    public async Task Sni_WithDefaultCertificate_FallsBackToIt(string serverName, string expected)
    {
        await using var app = await StartAsync(UserEndpoint(), Default());

        Assert.Equal($"CN={expected}", await HandshakeAsync(serverName));
    }

    [Fact]
    public async Task Sni_WithDefaultCertificateAndNoServerName_FallsBackToIt()
    {
        await using var app = await StartAsync(UserEndpoint(), Default());

        // An IP address is never sent as a server name (RFC 6066, section 3).
        Assert.Equal("CN=default.example", await HandshakeAsync("127.0.77.1"));
    }

    [Fact]
    public async Task Sni_WithoutDefaultCertificate_EndsTheHandshakeOfOtherNames()
    {
        await using var app = await StartAsync(UserEndpoint(), certificates: null);

        Assert.Equal("CN=a.example", await HandshakeAsync("a.example"));
        await Assert.ThrowsAnyAsync<Exception>(() => HandshakeAsync("unknown.example"));
    }

    [Fact]
    public async Task Sni_NoneConfigured_UsesTheDefaultCertificate()
    {
        await using var app = await StartAsync(endpoint: null, Default());

        Assert.Equal("CN=default.example", await HandshakeAsync("a.example"));
    }

    // Why the "*" entry is made: Kestrel itself does not fall back to a certificate, not even the endpoint's own.
    [Fact]
    public async Task Sni_OfTheUsersOwnEndpoint_EndsTheHandshakeOfOtherNames()
    {
        await using var app = await StartAsync(UserEndpoint(), Default());

        Assert.Equal("CN=a.example", await HandshakeAsync("a.example", _userPort));
        await Assert.ThrowsAnyAsync<Exception>(() => HandshakeAsync("unknown.example", _userPort));
    }

    [Fact]
    public async Task ClientHelloCallback_OnAnEndpointWithoutSni_IsCalled()
    {
        await using var app = await StartAsync(endpoint: null, Default());

        await HandshakeAsync("a.example");

        Assert.Equal((1, 1), (Volatile.Read(ref _connections), Volatile.Read(ref _clientHellos)));
    }

    // What Signals must know: with Sni the framework's own ClientHello callback stays silent, a connection middleware does not.
    [Fact]
    public async Task ClientHelloCallback_OnAnEndpointWithSni_IsNotCalled()
    {
        await using var app = await StartAsync(UserEndpoint(), Default());

        await HandshakeAsync("a.example");

        Assert.Equal((1, 0), (Volatile.Read(ref _connections), Volatile.Read(ref _clientHellos)));
    }

    private string Default() => $$"""{ "Default": {{Certificates.Write(_directory, "default.example")}} }""";

    private string UserEndpoint() =>
        $$"""
        { "Url": "https://127.0.77.1:{{_userPort}}",
          "Certificate": {{Certificates.Write(_directory, "endpoint.example")}},
          "Sni": {
            "a.example": { "Certificate": {{Certificates.Write(_directory, "a.example")}} },
            "*.b.example": { "Certificate": {{Certificates.Write(_directory, "b.example")}} },
            "inherits.example": { "Protocols": "Http1" } } }
        """;

    private async Task<WebApplication> StartAsync(string? endpoint, string? certificates)
    {
        _directory.Write("appsettings.json",
            $$"""
            { "Gateway": {
                "Admin": { "Url": "http://127.0.77.1:{{Given.FreePort(Address)}}" },
                "Functions": { "hello": { "Runtime": "Process", "Command": ["./hello"], "Listen": ["https://127.0.77.1:{{_port}}"] } } },
              "Kestrel": {
                "Endpoints": { {{(endpoint is null ? "" : $"\"public\": {endpoint}")}} }
                {{(certificates is null ? "" : $", \"Certificates\": {certificates}")}} } }
            """);
        var builder = GatewayConfiguration.CreateBuilder(["--contentRoot", _directory.Path]);
        builder.Logging.ClearProviders();
        builder.AddGatewayConfiguration(RuntimeModules.All, out _);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.ConfigureHttpsDefaults(https => https.TlsClientHelloBytesCallback = (_, _) => Interlocked.Increment(ref _clientHellos));
            kestrel.ConfigureEndpointDefaults(listen => listen.Use(next => connection =>
            {
                Interlocked.Increment(ref _connections);
                return next(connection);
            }));
        });
        var app = builder.Build();
        app.MapGet("/", () => "hello");
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    /// <returns>The subject of the server's certificate.</returns>
    private async Task<string> HandshakeAsync(string serverName, int? port = null)
    {
        using var client = new TcpClient(AddressFamily.InterNetwork);
        await client.ConnectAsync(Address, port ?? _port, TestContext.Current.CancellationToken);
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = serverName,
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
            },
            TestContext.Current.CancellationToken);
        return ((X509Certificate2)tls.RemoteCertificate!).Subject;
    }
}
