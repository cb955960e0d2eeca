using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Xunit;

namespace Gateway.Tests.Ebpf;

/// <summary>
/// A network namespace with its loopback up, held by one thread: it vanishes with the thread and its sockets, even after a crash.
/// What runs there must be synchronous: the thread pool must not start workers from that thread.
/// </summary>
internal sealed partial class NetworkNamespace : IDisposable
{
    private const int CLONE_NEWNET = 0x40000000; // linux/sched.h

    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;

    public NetworkNamespace()
    {
        _thread = new Thread(Work) { IsBackground = true, Name = "network namespace" };
        _thread.Start();
        Run(() => Ip("link set lo up"));
    }

    /// <summary>The id of a thread in the namespace, which ip(8) takes for a name.</summary>
    public int ThreadId { get; private set; }

    /// <summary>Runs an action in the namespace and waits for its end. An exception is thrown here.</summary>
    public void Run(Action action)
    {
        ExceptionDispatchInfo? thrown = null;
        using var done = new ManualResetEventSlim();
        _work.Add(() =>
        {
            try
            {
                action();
            }
            catch (Exception e)
            {
                thrown = ExceptionDispatchInfo.Capture(e);
            }
            done.Set();
        });
        done.Wait();
        thrown?.Throw();
    }

    /// <summary>Runs ip(8) in the calling thread's namespace.</summary>
    public static void Ip(string arguments)
    {
        using var ip = Process.Start(new ProcessStartInfo("ip", arguments) { UseShellExecute = false })!;
        ip.WaitForExit();
        Assert.True(ip.ExitCode == 0, $"ip {arguments} ended with {ip.ExitCode}");
    }

    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Work()
    {
        if (unshare(CLONE_NEWNET) != 0)
        {
            throw new InvalidOperationException($"unshare failed with errno {Marshal.GetLastPInvokeError()}");
        }
        ThreadId = gettid();
        foreach (var action in _work.GetConsumingEnumerable())
        {
            action();
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unshare(int flags);

    [LibraryImport("libc")]
    private static partial int gettid();
}
