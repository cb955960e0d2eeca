using Gateway.Lab.Networking;
using Gateway.Lab.Processes;
using Gateway.Lab.Programs;

namespace Gateway.Lab.Engines;

/// <summary>
/// A real dockerd of its own: data, network, process tree. It is the first process of a PID namespace, so when this
/// process or the daemon ends, containerd, shims and containers end with it.
/// </summary>
public sealed class DockerEngine : IAsyncDisposable
{
    private readonly LabDirectory _directory;
    private readonly NetworkNamespace? _ownNamespace;
    private readonly DockerEngineOptions _options;
    private EngineDaemon _daemon;
    private int _runs;

    private DockerEngine(DockerEngineOptions options)
    {
        _options = options;
        Namespace = options.Namespace ?? (_ownNamespace = NetworkNamespace.Create());
        _directory = LabDirectory.Create("docker");
        SocketPath = _directory.File("docker.sock");
        Api = UnixHttp.CreateClient(SocketPath);
        // An empty file of its own: the machine's /etc/docker/daemon.json is another daemon's.
        File.WriteAllText(_directory.File("daemon.json"), "{}");
        _daemon = new EngineDaemon("dockerd", DaemonCommand());
    }

    public NetworkNamespace Namespace { get; }

    public string SocketPath { get; }

    /// <summary>The value of DOCKER_HOST and of the gateway's <c>Docker:Endpoint</c>.</summary>
    public Uri Endpoint => new($"unix://{SocketPath}");

    /// <summary>The engine's API; paths are relative, without a version.</summary>
    public HttpClient Api { get; }

    /// <summary>The process that owns all others of the engine.</summary>
    public int ProcessId => _daemon.Id;

    /// <exception cref="LabException">dockerd is not there or did not answer in time; holds its last lines.</exception>
    public static async Task<DockerEngine> StartAsync(DockerEngineOptions? options = null)
    {
        options ??= new DockerEngineOptions();
        var engine = new DockerEngine(options);
        try
        {
            await engine._daemon.WaitUntilReadyAsync(engine.Api, options.StartTimeout);
            return engine;
        }
        catch
        {
            await engine.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes an image of local files, without a registry.</summary>
    /// <param name="name">For example <c>hello:1</c>.</param>
    /// <param name="files">Absolute path in the image, and the local file whose bytes and mode go there.</param>
    /// <param name="command">What its containers run.</param>
    /// <param name="more">More lines as a Dockerfile has them, such as <c>VOLUME /data</c>.</param>
    public Task ImportImageAsync(string name, IReadOnlyDictionary<string, string> files, IReadOnlyList<string> command, params IReadOnlyList<string> more) =>
        DockerImage.ImportAsync(Api, name, files, command, more);

    /// <summary>Makes the image of a real program.</summary>
    public async Task ImportImageAsync(RealProgram program)
    {
        using var directory = LabDirectory.Create("program");
        var archive = directory.File("root.tar");
        await program.PackAsync(archive);
        await DockerImage.ImportArchiveAsync(Api, program.Image, archive, program.Lines);
    }

    /// <summary>Runs the docker command line against this engine.</summary>
    /// <returns>What it wrote to standard output.</returns>
    /// <exception cref="LabException">It failed; holds what it wrote.</exception>
    public async Task<string> DockerAsync(params IReadOnlyList<string> arguments)
    {
        var options = new LabProcessOptions { FileName = "docker", Arguments = ["-H", Endpoint.OriginalString, .. arguments], Namespace = Namespace };
        return (await Command.ExecuteAsync(options)).ThrowIfFailed().Output;
    }

    /// <summary>Kills the daemon and every container, as a power cut would, and removes its socket.</summary>
    public async Task KillAsync()
    {
        DockerRemnants.Thaw(_directory.Path);
        await _daemon.DisposeAsync();
        File.Delete(SocketPath);
        DockerRemnants.RemoveCgroups(_directory.Path);
    }

    /// <summary>Starts the engine again after <see cref="KillAsync"/>, with everything that it had stored.</summary>
    public Task RestartAsync()
    {
        // What a reboot would have emptied: it names processes of the namespace that is gone.
        File.Delete(_directory.File("pid"));
        _runs++;
        _daemon = new EngineDaemon("dockerd", DaemonCommand());
        return _daemon.WaitUntilReadyAsync(Api, _options.StartTimeout);
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        DockerRemnants.Thaw(_directory.Path);
        await _daemon.DisposeAsync();
        _directory.Dispose();
        _ownNamespace?.Dispose();
    }

    private LabProcessOptions DaemonCommand() => new()
    {
        FileName = "unshare",
        Namespace = Namespace,
        Arguments =
        [
            "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc",

            // The shims' sockets are in this directory whatever the daemon's options are. In its mount namespace they end with it.
            "sh", "-c", "mkdir -p /run/containerd && mount -t tmpfs tmpfs /run/containerd && exec \"$@\"", "sh",
            "dockerd", "--config-file", _directory.File("daemon.json"), "--data-root", _directory.File("data"),
            "--exec-root", _directory.File($"exec{_runs}"), "--pidfile", _directory.File("pid"), "-H", Endpoint.OriginalString,

            // Said in words, so that it does not wait for a quarter of a minute.
            .. _options.Port is { } port ? (string[])["--tls=false", "-H", $"tcp://127.0.0.1:{port}"] : [],
        ],
    };
}
