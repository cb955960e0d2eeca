using System.Text.Json.Nodes;
using Gateway.Lab;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>TLS that nginx ends, woken and used by curl and openssl: the gateway passes it on by the name in the ClientHello, or has the kernel hand it over.</summary>
[SideBySide]
public sealed class RealTlsClientsTests : IAsyncLifetime
{
    private const int Front = 7401, One = 7402, Two = 7403;

    private readonly RealServer _server = new();
    private readonly LabCertificates _certificates = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    // nginx comes with the benchmarks only.
    [LongFact]
    public async Task Names_AtOneAddress_EachWakeTheirOwnServer()
    {
        var functions = new[] { await NginxAsync("one", One), await NginxAsync("two", Two) };
        foreach (var (name, function) in functions)
        {
            function["Sni"] = new JsonArray($"{name}.example");
            // Longer than the clients of the other name take.
            function["Idle"]!["After"] = "00:00:10";
        }

        await _server.ServeAsync(functions);

        await AnswersAsync("one");
        Assert.Equal("ClientHello", Assert.Single(await _server.StartsAsync("one", 1)).Signal);
        await _server.StartsAsync("two", 0);
        await ShowsItsCertificateAsync("two");
        await _server.StartsAsync("two", 1);
        await AnswersAsync("two");
        await ShowsItsCertificateAsync("one");
        // Which function is meant is in the ClientHello, which the kernel does not read.
        Assert.Equal(0, await _server.HandedOverAsync());

        await _server.RestsAsync("one");
        await _server.RestsAsync("two");
        await AnswersAsync("one");
        await _server.StartsAsync("one", 2);
        await _server.StartsAsync("two", 1);
    }

    // nginx comes with the benchmarks only.
    [LongFact]
    public async Task Server_WithAnAddressOfItsOwn_WakesAndStepsAside()
    {
        await _server.ServeAsync(await NginxAsync("one", One));

        await _server.WakesAndStepsAsideAsync(
            "one", Front,
            first: () => AnswersAsync("one"),
            others: async () =>
            {
                await AnswersAsync("one");
                await ShowsItsCertificateAsync("one");
            },
            connections: 2,
            next: () => ShowsItsCertificateAsync("one"));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _certificates.Dispose();
    }

    // curl judges the certificate, and speaks HTTP/2, which only ALPN brings about.
    private async Task AnswersAsync(string name) => Assert.Equal($"{name} 2", await _server.RunAsync(
        "curl", "-q", "--silent", "--show-error", "--max-time", "60", "--http2", "--cacert", _certificates.CaPath, "--resolve", $"{name}.example:{Front}:127.0.0.1", "--write-out", " %{http_version}", $"https://{name}.example:{Front}/"));

    private async Task ShowsItsCertificateAsync(string name)
    {
        var told = await _server.RunAsync("timeout", "60", "openssl", "s_client", "-connect", $"127.0.0.1:{Front}", "-servername", $"{name}.example", "-verify_return_error", "-verify_hostname", $"{name}.example", "-CAfile", _certificates.CaPath, "-alpn", "h2");
        Assert.Contains("ALPN protocol: h2", told, StringComparison.Ordinal);
        Assert.Contains($"subject=CN = {name}.example", told, StringComparison.Ordinal);
        Assert.Contains("Verify return code: 0 (ok)", told, StringComparison.Ordinal);
    }

    private async Task<(string Name, JsonObject Function)> NginxAsync(string name, int port)
    {
        var folder = await _server.FolderAsync(name, "www-data");
        var certificate = _certificates.Issue($"{name}.example");
        await File.WriteAllTextAsync($"{folder}/nginx.conf", $$"""
            daemon off;
            pid {{folder}}/pid;
            error_log stderr warn;
            events { }
            http {
                access_log off;
                client_body_temp_path {{folder}}/body;
                proxy_temp_path {{folder}}/proxy;
                fastcgi_temp_path {{folder}}/fastcgi;
                uwsgi_temp_path {{folder}}/uwsgi;
                scgi_temp_path {{folder}}/scgi;
                ssl_certificate {{certificate.CertificatePath}};
                ssl_certificate_key {{certificate.KeyPath}};
                server {
                    listen 127.0.0.1:{{port}} ssl http2;
                    location / { return 200 {{name}}; }
                }
            }

            """);
        return (name, RealServer.Function("www-data", port, $"tls://127.0.0.1:{Front}", "/usr/sbin/nginx", "-e", "stderr", "-p", folder, "-c", $"{folder}/nginx.conf"));
    }
}
