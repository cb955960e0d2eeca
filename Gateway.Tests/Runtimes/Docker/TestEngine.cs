using System.Diagnostics;
using System.Globalization;
using Gateway.Ebpf.Hooks;
using Gateway.Runtimes;

namespace Gateway.Tests.Runtimes.Docker;

/// <summary>
/// A Docker engine of the tests' own, in namespaces of its own, that ends with them. Ending the outer process ends the
/// daemon, its containerd and its containers, because they are in its process namespace.
/// </summary>
public sealed class TestEngine : IAsyncDisposable
{
    /// <summary>
    /// An image of nothing but busybox; its program is a web server on $PORT. Its stop signal is SIGKILL, since the
    /// first process of a namespace ignores the others and every stop would take its whole grace period.
    /// </summary>
    public const string Image = "hello:1";

    /// <summary>The same with a handler for the usual stop signal, which does nothing: its stop takes the whole grace period.</summary>
    public const string PatientImage = "patient:1";

    private static readonly TimeSpan UpWithin = TimeSpan.FromMinutes(3);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("gw-engine-");
    private readonly HashSet<string> _cgroups = [];
    private Process? _outer;

    /// <summary>The mount of cgroup v2, found as the gateway does; null when there is none.</summary>
    public static string? CgroupRoot { get; } = MountInfo.ReadAll().FirstOrDefault(mount => mount.Type == "cgroup2")?.Point;

    internal static CgroupV1 Freezer { get; } = CgroupV1.Find("freezer", CgroupRoot);

    public Uri Endpoint => new($"unix://{Socket}");

    /// <summary>A process in the engine's network.</summary>
    public int ProcessId => _outer!.Id;

    private string Socket => Path.Combine(_directory.FullName, "docker.sock");

    public static async Task<TestEngine> StartAsync()
    {
        var engine = new TestEngine();
        try
        {
            await engine.UpAsync();
            await engine.BuildAsync(Image, "httpd -f -p $PORT", "SIGKILL");
            await engine.BuildAsync(PatientImage, "sh -c 'trap : TERM; /bin/busybox httpd -f -p $PORT & while :; do wait; done'", "SIGTERM");
            return engine;
        }
        catch
        {
            await engine.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the daemon, anew after <see cref="KillAsync"/> with all that it had stored.</summary>
    public async Task UpAsync()
    {
        var d = _directory.FullName;
        // What a reboot would have emptied: it names processes of the namespace that is gone.
        await GoneAsync(() => _directory.CreateSubdirectory("exec").Delete(recursive: true));
        File.Delete(Path.Combine(d, "pid"));
        File.Delete(Socket);
        var daemon = $"ip link set lo up; exec dockerd --data-root {d}/data --exec-root {d}/exec --pidfile {d}/pid -H unix://{Socket} >>{d}/log 2>&1";
        _outer = await LongLivedThread.RunAsync(() => Process.Start(new ProcessStartInfo(
            "setpriv",
            ["--pdeathsig", "KILL", "unshare", "--mount", "--net", "--pid", "--fork", "--kill-child=KILL", "--mount-proc", "sh", "-c", daemon])
        {
            // unshare has something to say about being killed.
            UseShellExecute = false,
            RedirectStandardError = true,
        })!);
        using var watcher = new FileSystemWatcher(d, "docker.sock");
        var appeared = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        watcher.Created += (_, _) => appeared.TrySetResult();
        watcher.EnableRaisingEvents = true;
        if (!File.Exists(Socket))
        {
            var ended = _outer.WaitForExitAsync();
            if (await Task.WhenAny(appeared.Task, ended).WaitAsync(UpWithin) == ended)
            {
                throw new InvalidOperationException($"dockerd ended: {await File.ReadAllTextAsync(Path.Combine(d, "log"))}");
            }
        }

        // The socket listens before the daemon serves; its first answer is the end of its start.
        await CommandAsync("version");
    }

    /// <summary>Kills the daemon and everything in it, as a power cut would.</summary>
    public async Task KillAsync()
    {
        if (_outer is not { } outer)
        {
            return;
        }

        NoteCgroups();
        // The namespace's first process takes the others with it, and its parent then waits for it and ends.
        foreach (var child in outer.HasExited ? [] : (await File.ReadAllTextAsync($"/proc/{outer.Id}/task/{outer.Id}/children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            using var first = Process.GetProcessById(int.Parse(child, CultureInfo.InvariantCulture));
            first.Kill();
        }

        await outer.WaitForExitAsync();
        outer.Dispose();
        _outer = null;
    }

    /// <summary>Makes an image of busybox whose command is one of its applets with arguments.</summary>
    /// <param name="more">More lines of its Dockerfile.</param>
    public async Task BuildAsync(string name, string applet, string stopSignal, string more = "")
    {
        var root = _directory.CreateSubdirectory("image").FullName;
        File.Copy("/bin/busybox", Path.Combine(root, "busybox"), overwrite: true);
        await File.WriteAllTextAsync(
            Path.Combine(root, "Dockerfile"),
            $"""
            FROM scratch
            COPY busybox /bin/busybox
            COPY busybox /bin/sh
            STOPSIGNAL {stopSignal}
            {more}
            CMD exec /bin/busybox {applet}

            """);
        await RunAsync("env", "DOCKER_BUILDKIT=0", "docker", "-H", Endpoint.ToString(), "build", "--quiet", "--tag", name, root);
    }

    /// <summary>The docker command against this engine: its output.</summary>
    public Task<string> CommandAsync(params string[] arguments)
    {
        // What is removed just before the engine is killed may leave its cgroup behind.
        NoteCgroups();
        return RunAsync("docker", ["-H", Endpoint.ToString(), .. arguments]);
    }

    /// <summary>A command inside the engine's network namespace, from where bridge addresses can be reached.</summary>
    public Task<string> InNetworkAsync(params string[] command) =>
        RunAsync("nsenter", ["-t", _outer!.Id.ToString(CultureInfo.InvariantCulture), "-n", .. command]);

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        foreach (var cgroup in _cgroups)
        {
            await GoneAsync(() => RemoveTree(cgroup));
        }

        await GoneAsync(() => _directory.Delete(recursive: true));
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? (await output).Trim()
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {await error}");
    }

    /// <summary>The killed containers' cgroups outlive them; they are told from those of other engines by the containers' ids.</summary>
    private void NoteCgroups()
    {
        var ids = Directory.Exists(Path.Combine(_directory.FullName, "data/containers"))
            ? Directory.GetDirectories(Path.Combine(_directory.FullName, "data/containers")).Select(Path.GetFileName)
            : [];
        var roots = MountInfo.ReadAll().Where(mount => mount.Type is "cgroup" or "cgroup2").Select(mount => mount.Point).ToArray();
        lock (_cgroups)
        {
            _cgroups.UnionWith(ids.SelectMany(id => roots.Select(root => Path.Combine(root, "docker", id!))));
        }
    }

    private static void RemoveTree(string cgroup)
    {
        if (Directory.Exists(cgroup))
        {
            Array.ForEach(Directory.GetDirectories(cgroup), RemoveTree);
            Directory.Delete(cgroup);
        }
    }

    /// <summary>The kernel lets go of mounts and cgroups a moment after the last process of a namespace is gone.</summary>
    private static async Task GoneAsync(Action remove)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                remove();
                return;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException && attempt < 50)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }
    }

    /// <summary>
    /// PR_SET_PDEATHSIG fires when the thread that forked ends (prctl(2)), and threads of the pool do end: children are
    /// started by a thread that lives as long as the process.
    /// </summary>
    private static class LongLivedThread
    {
        private static readonly System.Collections.Concurrent.BlockingCollection<Action> Work = Begin();

        public static Task<T> RunAsync<T>(Func<T> work)
        {
            var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
            Work.Add(() =>
            {
                try
                {
                    done.SetResult(work());
                }
                catch (Exception exception)
                {
                    done.SetException(exception);
                }
            });
            return done.Task;
        }

        private static System.Collections.Concurrent.BlockingCollection<Action> Begin()
        {
            var work = new System.Collections.Concurrent.BlockingCollection<Action>();
            new Thread(() =>
            {
                foreach (var action in work.GetConsumingEnumerable())
                {
                    action();
                }
            })
            { IsBackground = true, Name = "test engines" }.Start();
            return work;
        }
    }
}
