using System.Net;
using Gateway.Lab.Networking;
using Gateway.Lab.Processes;

namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>Starts the proxies that the gateway is compared with, in front of a function that runs, each ready to serve.</summary>
/// <param name="space">Where they all are.</param>
/// <param name="directory">For their files.</param>
/// <param name="certificate">Theirs.</param>
/// <param name="backend">The function's port.</param>
internal sealed class WarmProxies(NetworkNamespace space, LabDirectory directory, LabCertificate certificate, int backend)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    public async Task<WarmSubject> NginxAsync(WarmPorts ports, CancellationToken cancellationToken)
    {
        var file = directory.File("nginx.conf");
        await File.WriteAllTextAsync(file, WarmSettings.Nginx(ports, backend, certificate, directory.Path), cancellationToken);
        return await StartAsync("nginx", ports, "nginx", ["-p", directory.Path, "-c", file], probe: null, cancellationToken);
    }

    public async Task<WarmSubject> HaproxyAsync(WarmPorts ports, CancellationToken cancellationToken)
    {
        var both = directory.File("both.pem");
        await File.WriteAllTextAsync(
            both, await File.ReadAllTextAsync(certificate.CertificatePath, cancellationToken) + "\n" + await File.ReadAllTextAsync(certificate.KeyPath, cancellationToken), cancellationToken);
        var file = directory.File("haproxy.cfg");
        await File.WriteAllTextAsync(file, WarmSettings.Haproxy(ports, backend, both), cancellationToken);
        return await StartAsync("haproxy", ports, "haproxy", ["-db", "-f", file], probe: null, cancellationToken);
    }

    /// <summary>Starts another one on the core of the proxies.</summary>
    public async Task<WarmSubject> StartAsync(string name, WarmPorts ports, string program, string[] arguments, string? probe, CancellationToken cancellationToken)
    {
        var process = LabProcess.Start(new LabProcessOptions
        {
            FileName = program,
            Arguments = arguments,
            Namespace = space,
            Cores = WarmCores.Proxy,
            WorkingDirectory = directory.Path,
            Environment = probe is null ? new Dictionary<string, string?>() : WarmSubject.Probed(probe),
        });
        var subject = new WarmSubject(name, ports, process.Id, [process], probe);
        try
        {
            await ListeningAsync(process, ports.Tls, cancellationToken);
            return subject;
        }
        catch
        {
            await subject.DisposeAsync();
            throw;
        }
    }

    private async Task ListeningAsync(LabProcess process, int port, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_patience);
        var connected = Retry.UntilConnectedAsync(token => space.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), token), limit.Token);
        if (await Task.WhenAny(connected, process.Exited) != connected || !connected.IsCompletedSuccessfully)
        {
            await limit.CancelAsync();
            throw new LabException($"{process.Description} does not listen on port {port}.{process.LastLines()}");
        }

        (await connected).Dispose();
    }
}
