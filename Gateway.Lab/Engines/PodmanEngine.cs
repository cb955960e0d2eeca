using Gateway.Lab.Networking;
using Gateway.Lab.Processes;
using Gateway.Lab.Programs;

namespace Gateway.Lab.Engines;

/// <summary>
/// A real Podman service of its own: storage, network, process tree. As with <see cref="DockerEngine"/> all of it lives in a
/// PID namespace whose end is the end of every container.
/// </summary>
public sealed class PodmanEngine : IAsyncDisposable
{
    // The default asks for more open files and processes than a container in a container may have; the cgroups of a hybrid
    // layout are not systemd's; no journal is there to write events to.
    private const string Configuration = """
        [containers]
        default_ulimits = ["nofile=10000:10000", "nproc=4096:4096"]
        [engine]
        cgroup_manager = "cgroupfs"
        events_logger = "file"
        init_path = "/usr/bin/docker-init"

        """;

    // Registries of tests are on loopback and have no certificates, as Docker takes them unasked.
    private const string Registries = """
        [[registry]]
        location = "127.0.0.1"
        insecure = true

        """;

    // /run and /dev/shm hold the state and the locks of whatever Podman the machine has; in this mount namespace they are
    // its own. The shell is the namespace's first process, which takes in the orphans that container monitors are; it ends
    // with the service.
    private const string Script = """
        mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /dev/shm && mkdir -p /run/lock || exit 1
        last=$1 other=$2
        shift 2
        [ -z "$other" ] || "$@" "$other" &
        "$@" "$last" & wait $!
        """;

    private readonly LabDirectory _directory;
    private readonly NetworkNamespace? _ownNamespace;
    private readonly PodmanEngineOptions _options;
    private EngineDaemon _daemon;

    private PodmanEngine(PodmanEngineOptions options)
    {
        _options = options;
        Namespace = options.Namespace ?? (_ownNamespace = NetworkNamespace.Create());
        _directory = LabDirectory.Create("podman");
        File.WriteAllText(_directory.File("containers.conf"), Configuration);
        File.WriteAllText(_directory.File("registries.conf"), Registries);
        SocketPath = _directory.File("podman.sock");
        Api = UnixHttp.CreateClient(SocketPath);
        _daemon = Start();
    }

    public NetworkNamespace Namespace { get; }

    public string SocketPath { get; }

    /// <summary>The value of CONTAINER_HOST and of the gateway's <c>Podman:Endpoint</c>.</summary>
    public Uri Endpoint => new($"unix://{SocketPath}");

    /// <summary>The engine's API; paths are relative, without a version.</summary>
    public HttpClient Api { get; }

    /// <summary>The process that owns all others of the engine.</summary>
    public int ProcessId => _daemon.Id;

    /// <exception cref="LabException">Podman is not there or did not answer in time; holds its last lines.</exception>
    public static async Task<PodmanEngine> StartAsync(PodmanEngineOptions? options = null)
    {
        var engine = new PodmanEngine(options ?? new PodmanEngineOptions());
        try
        {
            await engine._daemon.WaitUntilReadyAsync(engine.Api, engine._options.StartTimeout);
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
        DockerImage.ImportToPodmanAsync(Api, name, files, command, more);

    /// <summary>Makes the image of a real program.</summary>
    public async Task ImportImageAsync(RealProgram program)
    {
        using var directory = LabDirectory.Create("program");
        var archive = directory.File("root.tar");
        await program.PackAsync(archive);
        await DockerImage.ImportArchiveToPodmanAsync(Api, program.Image, archive, program.Lines);
    }

    /// <summary>Runs the podman command line against this engine.</summary>
    /// <returns>What it wrote to standard output, without white space at its ends.</returns>
    /// <exception cref="LabException">It failed; holds what it wrote.</exception>
    public async Task<string> PodmanAsync(params IReadOnlyList<string> arguments)
    {
        var options = new LabProcessOptions
        {
            FileName = "podman",
            Arguments = ["--remote", "--url", Endpoint.OriginalString, .. arguments],
            Environment = Environment,
        };
        return (await Command.ExecuteAsync(options)).ThrowIfFailed().Output.Trim();
    }

    /// <summary>Kills the service and every container, as a power cut would, and removes its socket.</summary>
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
        _daemon = Start();
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

    private Dictionary<string, string?> Environment => new()
    {
        ["CONTAINERS_CONF"] = _directory.File("containers.conf"),
        ["CONTAINERS_REGISTRIES_CONF"] = _directory.File("registries.conf"),
        ["CONTAINER_HOST"] = null,
    };

    private EngineDaemon Start() => new("podman", new LabProcessOptions
    {
        FileName = "unshare",
        Namespace = Namespace,
        Environment = Environment,
        Arguments =
        [
            "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc", "sh", "-c", Script, "sh",
            Endpoint.OriginalString, _options.Port is { } port ? $"tcp://127.0.0.1:{port}" : "",
            "podman", "--root", _directory.File("root"), "--runroot", "/run/storage", "--tmpdir", "/run/libpod",
            "--network-config-dir", _directory.File("networks"), "--runtime", _options.Runtime,
            "system", "service", "--time=0",
        ],
    });
}
