using System.Net;
using System.Text.Json.Nodes;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Gateway.Lab.Processes;

namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>Starts the four that are compared, each ready to serve, and the function behind three of them.</summary>
internal sealed class WarmSubjects : IAsyncDisposable
{
    private const int Backend = 7000;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly LabDirectory _directory = LabDirectory.Create("warm");
    private readonly LabCertificates _certificates = new();
    private readonly List<WarmSubject> _all = [];
    private readonly LabCertificate _certificate;
    private LabProcess? _function;

    private WarmSubjects() => _certificate = _certificates.Issue("localhost", WarmPorts.Address);

    /// <summary>Where they all are.</summary>
    public NetworkNamespace Namespace { get; } = NetworkNamespace.Create();

    /// <summary>In the order in which they take turns.</summary>
    public IReadOnlyList<WarmSubject> All => _all;

    /// <summary>The function itself, for calls that no proxy is in the way of.</summary>
    public static string DirectUrl => $"http://{WarmPorts.Address}:{Backend}/";

    public static async Task<WarmSubjects> StartAsync(CancellationToken cancellationToken)
    {
        var subjects = new WarmSubjects();
        try
        {
            var program = await HelloSample.BuildAsync();
            subjects._function = await HelloSample.StartAsync(subjects.Namespace, Backend, cores: WarmCores.Load);
            subjects._all.Add(await WarmGateway.StartAsync("gateway", PublishedPrograms.Gateway, program, new WarmPorts(7100), subjects.Namespace, subjects._certificate, subjects._directory));
            subjects._all.Add(await subjects.YarpAsync(new WarmPorts(7200), cancellationToken));
            subjects._all.Add(await subjects.NginxAsync(new WarmPorts(7300), cancellationToken));
            subjects._all.Add(await subjects.HaproxyAsync(new WarmPorts(7400), cancellationToken));
            return subjects;
        }
        catch
        {
            await subjects.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var subject in _all)
        {
            await subject.DisposeAsync();
        }

        if (_function is not null)
        {
            await _function.DisposeAsync();
        }

        Namespace.Dispose();
        _certificates.Dispose();
        _directory.Dispose();
    }

    private async Task<WarmSubject> YarpAsync(WarmPorts ports, CancellationToken cancellationToken)
    {
        var settings = new JsonObject
        {
            // YARP logs every request at Information.
            ["Logging"] = new JsonObject { ["LogLevel"] = new JsonObject { ["Default"] = "Warning" } },
            ["Kestrel"] = WarmSettings.Kestrel(ports, _certificate),
            ["ReverseProxy"] = WarmSettings.ReverseProxy(Backend),
        };
        var root = Directory.CreateDirectory(_directory.File("yarp")).FullName;
        await File.WriteAllTextAsync(Path.Combine(root, "appsettings.json"), settings.ToJsonString(), cancellationToken);
        var probe = _directory.File("yarp.probe");
        return await StartAsync("yarp", ports, PublishedPrograms.BareYarp, ["--contentRoot", root], probe, cancellationToken);
    }

    private async Task<WarmSubject> NginxAsync(WarmPorts ports, CancellationToken cancellationToken)
    {
        var file = _directory.File("nginx.conf");
        await File.WriteAllTextAsync(file, WarmSettings.Nginx(ports, Backend, _certificate, _directory.Path), cancellationToken);
        return await StartAsync("nginx", ports, "nginx", ["-p", _directory.Path, "-c", file], probe: null, cancellationToken);
    }

    private async Task<WarmSubject> HaproxyAsync(WarmPorts ports, CancellationToken cancellationToken)
    {
        var both = _directory.File("both.pem");
        await File.WriteAllTextAsync(
            both, await File.ReadAllTextAsync(_certificate.CertificatePath, cancellationToken) + "\n" + await File.ReadAllTextAsync(_certificate.KeyPath, cancellationToken), cancellationToken);
        var file = _directory.File("haproxy.cfg");
        await File.WriteAllTextAsync(file, WarmSettings.Haproxy(ports, Backend, both), cancellationToken);
        return await StartAsync("haproxy", ports, "haproxy", ["-db", "-f", file], probe: null, cancellationToken);
    }

    private async Task<WarmSubject> StartAsync(
        string name, WarmPorts ports, string program, string[] arguments, string? probe, CancellationToken cancellationToken)
    {
        var process = LabProcess.Start(new LabProcessOptions
        {
            FileName = program,
            Arguments = arguments,
            Namespace = Namespace,
            Cores = WarmCores.Proxy,
            WorkingDirectory = _directory.Path,
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
        var connected = Retry.UntilConnectedAsync(token => Namespace.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), token), limit.Token);
        if (await Task.WhenAny(connected, process.Exited) != connected || !connected.IsCompletedSuccessfully)
        {
            await limit.CancelAsync();
            throw new LabException($"{process.Description} does not listen on port {port}.{process.LastLines()}");
        }

        (await connected).Dispose();
    }
}
