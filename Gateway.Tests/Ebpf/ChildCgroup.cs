using System.Diagnostics;
using Gateway.Ebpf.Hooks;

namespace Gateway.Tests.Ebpf;

/// <summary>A cgroup with another inside it, and a process that listens in the inner one.</summary>
internal sealed class ChildCgroup : IDisposable
{
    private Process? _process;

    public ChildCgroup()
    {
        Outer = Path.GetDirectoryName(NextInner)!;
        Inner = NextInner;
        Directory.CreateDirectory(Inner);
    }

    /// <summary>The directory that the next one's inner cgroup will have.</summary>
    public static string NextInner => Path.Combine(Cgroup.FindRoot(), $"headstart-test-{Environment.ProcessId}", "inner");

    public string Outer { get; }

    public string Inner { get; }

    /// <summary>Starts a web server inside: a shell joins the cgroup and becomes the server.</summary>
    public void StartListener(int port)
    {
        var script = $"echo $$ > {Inner}/cgroup.procs && exec busybox httpd -f -p 127.0.0.1:{port}";
        _process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", script]) { UseShellExecute = false })!;
    }

    public void Dispose()
    {
        _process?.Kill();
        _process?.WaitForExit();
        _process?.Dispose();
        Directory.Delete(Inner);
        Directory.Delete(Outer);
    }
}
