using System.Diagnostics;
using Gateway.Ebpf.Hooks;

namespace Gateway.Tests.Ebpf;

/// <summary>A cgroup with another inside it, and a process that listens in the inner one.</summary>
internal sealed class ChildCgroup : IDisposable
{
    private Process? _process;

    public ChildCgroup()
    {
        Outer = Path.Combine(Cgroup.FindRoot(), $"headstart-test-{Environment.ProcessId}");
        Inner = Path.Combine(Outer, "inner");
        Directory.CreateDirectory(Inner);
    }

    public string Outer { get; }

    public string Inner { get; }

    /// <summary>Starts a web server inside. The shell joins the cgroup and becomes the server, so it has the id.</summary>
    public int StartListener(int port)
    {
        var script = $"echo $$ > {Inner}/cgroup.procs && exec busybox httpd -f -p 127.0.0.1:{port}";
        _process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", script]) { UseShellExecute = false })!;
        return _process.Id;
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
