using System.Text.Json.Nodes;
using Gateway.Lab;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>What Kestrel cannot start with ends in one sentence with a path, and exit code 2.</summary>
public sealed class KestrelErrorTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Certificate_NotThere_IsNamed()
    {
        var log = await FailAsync(Https("nowhere.pem", "nowhere.key"));

        Assert.Contains("Kestrel:Certificates:Default:Path: there is no file '", log, StringComparison.Ordinal);
        Assert.Contains("nowhere.pem'", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificate_WithAnothersKey_IsNamed()
    {
        using var certificates = new LabCertificates();
        var (one, another) = (certificates.Issue("one.example"), certificates.Issue("another.example"));

        var log = await FailAsync(Https(one.CertificatePath, another.KeyPath));

        Assert.Contains($"Kestrel:Certificates:Default: '{one.CertificatePath}' cannot be used as a certificate with its key: ", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Address_OfNoInterface_IsNamed()
    {
        var log = await FailAsync(Endpoint("http://203.0.113.7:8080"));

        Assert.Contains("Kestrel:Endpoints:shared:Url: http://203.0.113.7:8080 is no address of this machine", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Port_BelowTheUsersReach_IsNamed()
    {
        using var directory = LabDirectory.Create("unprivileged");
        var program = directory.File("gateway");
        await File.WriteAllTextAsync(program, $"""
            #!/bin/sh
            exec setpriv --bounding-set=-net_bind_service --inh-caps=-net_bind_service dotnet "{Path.Combine(AppContext.BaseDirectory, "Gateway.dll")}" "$@"

            """);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        var log = await FailAsync(Endpoint("http://*:81"), program);

        Assert.Contains("Kestrel:Endpoints:shared:Url: this process may not listen on http://*:81; ports below 1024 need CAP_NET_BIND_SERVICE or root.", log, StringComparison.Ordinal);
    }

    private static JsonObject Https(string certificate, string key)
    {
        var settings = Endpoint("https://*:8443");
        settings["Kestrel"]!["Certificates"] = new JsonObject { ["Default"] = new JsonObject { ["Path"] = certificate, ["KeyPath"] = key } };
        return settings;
    }

    private static JsonObject Endpoint(string url) => new()
    {
        ["Kestrel"] = new JsonObject { ["Endpoints"] = new JsonObject { ["shared"] = new JsonObject { ["Url"] = url } } },
    };

    private static async Task<string> FailAsync(JsonObject settings, string? program = null)
    {
        using var space = NetworkNamespace.Create();
        await using var gateway = GatewayProcess.Launch(new() { Namespace = space, Settings = settings, Program = program });

        Assert.Equal(2, await gateway.Exited.WaitAsync(Patience, TimeProvider.System));
        var log = string.Join('\n', gateway.Log);
        Assert.DoesNotContain("   at ", log, StringComparison.Ordinal);
        return log;
    }
}
