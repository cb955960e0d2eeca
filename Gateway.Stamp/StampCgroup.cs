using System.Globalization;
using System.Runtime.InteropServices;
using Gateway.Ebpf.Hooks;
using IoPath = System.IO.Path;

namespace Gateway.Stamp;

/// <summary>The cgroup that the command runs in. It is a child of the one that the command was started in, so that limits there still apply.</summary>
internal sealed partial class StampCgroup : IDisposable
{
    private const string Prefix = "headstart-stamp-";

    /// <summary>POLLPRI of poll.h.</summary>
    private const short PollPriority = 2;

    private StampCgroup(string path) => Path = path;

    /// <summary>The directory of the cgroup.</summary>
    public string Path { get; }

    /// <summary>Makes the cgroup of a process, and removes those whose guard was killed and whose command has ended.</summary>
    /// <exception cref="StampException">This process may not make cgroups.</exception>
    public static StampCgroup Make(int process)
    {
        var parent = ParentOf(process);
        try
        {
            foreach (var left in Directory.EnumerateDirectories(parent, Prefix + "*").Where(IsLeft))
            {
                Remove(left);
            }

            return new StampCgroup(Directory.CreateDirectory(IoPath.Combine(parent, $"{Prefix}{process}")).FullName);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StampException($"cannot make a cgroup in {parent} ({e.Message.TrimEnd('.')}); run it as root.");
        }
    }

    /// <summary>Moves a process into the cgroup.</summary>
    /// <exception cref="StampException">This process may not do so.</exception>
    public void Add(int process)
    {
        try
        {
            File.WriteAllText(IoPath.Combine(Path, "cgroup.procs"), process.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StampException($"cannot move process {process} into the cgroup {Path} ({e.Message.TrimEnd('.')}).");
        }
    }

    /// <summary>Sleeps until no process is in the cgroup or below it, which the kernel reports by poll(2) on cgroup.events.</summary>
    public unsafe void WaitUntilEmpty()
    {
        using var events = new FileStream(IoPath.Combine(Path, "cgroup.events"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        var change = new PollEntry { Fd = (int)events.SafeFileHandle.DangerousGetHandle(), Events = PollPriority };
        Span<byte> text = stackalloc byte[256];
        while (true)
        {
            // After the file was read, poll reports the next change.
            events.Position = 0;
            var length = events.Read(text);
            if (text[..length].IndexOf("populated 0"u8) >= 0)
            {
                return;
            }

            _ = poll(&change, 1, -1);
        }
    }

    public void Dispose() => Remove(Path);

    // The line of cgroup v2 is "0::/path" (cgroups(7)). A path that is not mounted here begins with "/..".
    private static string ParentOf(int process)
    {
        var root = Cgroup.FindRoot();
        try
        {
            var line = File.ReadLines($"/proc/{process}/cgroup").FirstOrDefault(line => line.StartsWith("0::/", StringComparison.Ordinal));
            var parent = line is null || line.StartsWith("0::/..", StringComparison.Ordinal) ? root : IoPath.Join(root, line["0::".Length..]).TrimEnd('/');
            return Directory.Exists(parent) ? parent : root;
        }
        catch (IOException)
        {
            throw new StampException($"process {process} has ended.");
        }
    }

    // The name holds the id of the command's first process. While that one lives, its guard removes the cgroup.
    private static bool IsLeft(string path)
    {
        try
        {
            return !Directory.Exists($"/proc/{IoPath.GetFileName(path)[Prefix.Length..]}")
                && File.ReadAllText(IoPath.Combine(path, "cgroup.events")).Contains("populated 0", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // Its own guard is removing it.
        }
    }

    // The directory of a cgroup can be removed after those of its children. The files in it belong to the kernel.
    private static void Remove(string path)
    {
        try
        {
            foreach (var child in Directory.EnumerateDirectories(path))
            {
                Remove(child);
            }

            Directory.Delete(path, recursive: false);
        }
        catch (IOException)
        {
            // It was removed already, or a process has just entered it and the next run removes it.
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int poll(PollEntry* fds, nuint count, int timeout);
}

/// <summary><c>struct pollfd</c> of poll.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollEntry
{
    public int Fd;
    public short Events;
    public short Revents;
}
