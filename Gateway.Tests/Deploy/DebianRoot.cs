using Gateway.Lab;
using Gateway.Lab.Networking;
using Gateway.Lab.Processes;

namespace Gateway.Tests.Deploy;

/// <summary>A Debian in a directory of its own: programs run there with its files, and with this machine's kernel.</summary>
internal sealed class DebianRoot : IDisposable
{
    /// <summary>The mounts are in a namespace of the program's own, and end with it. After the root: pairs of a folder here and its place there, and the command after "--".</summary>
    private const string Enter = """
        root=$1; shift
        mount --bind /dev "$root/dev"
        mount -t proc proc "$root/proc"
        mount --rbind /sys "$root/sys"
        while [ "$1" != -- ]; do mkdir -p "$root$2"; mount --bind "$1" "$root$2"; shift 2; done
        shift
        exec chroot "$root" "$@"
        """;

    private readonly LabDirectory _directory = LabDirectory.Create("debian");

    /// <summary>What is mounted in it: folders of this machine, and where they are there.</summary>
    public IReadOnlyList<(string Source, string Target)> Mounts { get; init; } = [];

    /// <summary>Makes one of a few packages, unpacked and not configured (scripts/debian-root), in whose database nothing is installed: in seconds.</summary>
    public static async Task<DebianRoot> OfPackagesAsync(IReadOnlyList<(string Source, string Target)> mounts, params string[] packages)
    {
        var from = SourceTree.Path("artifacts", "debian", "for-packages");
        await RunHereAsync(SourceTree.Path("scripts", "debian-root"), [from, .. packages]);
        var root = await CopyOfAsync(from, mounts);
        foreach (var folder in (string[])["info", "updates", "triggers"])
        {
            Directory.CreateDirectory(root.File($"/var/lib/dpkg/{folder}"));
        }

        System.IO.File.WriteAllText(root.File("/var/lib/dpkg/status"), "");
        return root;
    }

    /// <summary>Makes one as debootstrap(8) does, of the release of this machine, with some packages more.</summary>
    public static async Task<DebianRoot> BootstrappedAsync(params string[] packages)
    {
        var from = SourceTree.Path("artifacts", "debian", "bootstrapped");
        await RunHereAsync(SourceTree.Path("scripts", "debian-bootstrap"), [from, .. packages]);
        return await CopyOfAsync(from, []);
    }

    /// <summary>The path here of a file there.</summary>
    public string File(string path) => Path + path;

    private string Path => _directory.File("root");

    /// <summary>Returns how a program is run there.</summary>
    public LabProcessOptions OptionsOf(IReadOnlyList<string> command, NetworkNamespace? space = null, params IReadOnlyList<(string Source, string Target)> mounts) => new()
    {
        FileName = "unshare",
        Arguments =
        [
            "--mount", "--propagation", "private", "sh", "-ec", Enter, "sh", Path,
            .. Mounts.Concat(mounts).SelectMany(static mount => (string[])[mount.Source, mount.Target]), "--", .. command,
        ],
        Namespace = space,
        Environment = new Dictionary<string, string?> { ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ["LC_ALL"] = "C", ["DEBIAN_FRONTEND"] = "noninteractive" },
    };

    /// <summary>Runs a program there, as root.</summary>
    public Task<CommandResult> RunAsync(params IReadOnlyList<string> command) => Command.ExecuteAsync(OptionsOf(command));

    public void Dispose() => _directory.Dispose();

    private static async Task<DebianRoot> CopyOfAsync(string from, IReadOnlyList<(string Source, string Target)> mounts)
    {
        var root = new DebianRoot { Mounts = mounts };
        // Links cost little. Whatever writes there puts new files in the place of old ones, but perhaps where what changes belongs to.
        await RunHereAsync("cp", ["--archive", "--link", from, root.Path]);
        foreach (var folder in (string[])["etc", "var"])
        {
            Directory.Delete(root.File($"/{folder}"), recursive: true);
            await RunHereAsync("cp", ["--archive", System.IO.Path.Combine(from, folder), root.Path]);
        }

        return root;
    }

    private static async Task RunHereAsync(string program, IReadOnlyList<string> arguments) =>
        (await Command.ExecuteAsync(new LabProcessOptions { FileName = program, Arguments = arguments })).ThrowIfFailed();
}
