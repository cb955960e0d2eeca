using System.Text.Json.Nodes;
using Gateway.Lab.Hosts;
using Gateway.Lab.Networking;
using Gateway.Lab.Processes;

namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>Starts the four that are compared, each ready to serve, and the function behind three of them.</summary>
internal sealed class WarmSubjects : IAsyncDisposable
{
    private const int Backend = 7000;

    private readonly LabDirectory _directory = LabDirectory.Create("warm");
    private readonly LabCertificates _certificates = new();
    private readonly List<WarmSubject> _all = [];
    private readonly LabCertificate _certificate;
    private readonly WarmProxies _proxies;
    private LabProcess? _function;

    private WarmSubjects()
    {
        _certificate = _certificates.Issue("localhost", WarmPorts.Address);
        _proxies = new WarmProxies(Namespace, _directory, _certificate, Backend);
    }

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
            subjects._all.Add(await subjects._proxies.NginxAsync(new WarmPorts(7300), cancellationToken));
            subjects._all.Add(await subjects._proxies.HaproxyAsync(new WarmPorts(7400), cancellationToken));
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
        return await _proxies.StartAsync("yarp", ports, PublishedPrograms.BareYarp, ["--contentRoot", root], probe, cancellationToken);
    }
}
