using System.Runtime.InteropServices;
using Gateway.Configuration;
using Gateway.Ebpf.Hooks;
using LibBpf;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Signals;

/// <summary>
/// Owns the kernel's hooks from the start of the gateway to its end. Where they cannot be had it takes their place: it has attached nothing,
/// counts nothing and steers nothing, so that no other class asks whether there is eBPF. Thread safe.
/// </summary>
internal sealed partial class KernelAttachment(ILogger<KernelAttachment> logger) : IDisposable
{
    private const int F_DUPFD_CLOEXEC = 1030; // linux/fcntl.h

    // Everyone who works with the hooks reads; only the disposal writes. So the ring buffer's thread does not wait while a reload writes
    // its addresses, and the hooks are not disposed of while somebody works with them.
    private readonly ReaderWriterLockSlim _disposal = new();
    private KernelHooks? _hooks;
    private bool _remembersClients;
    private string _logged = "";

    /// <summary>What is attached where; empty without eBPF.</summary>
    public IReadOnlyList<HookAttachment> Attachments => Use(static hooks => hooks.Attachments, []);

    /// <summary>What the kernel did with each program; empty without eBPF.</summary>
    public IReadOnlyList<HookProgram> Programs => Use(static hooks => hooks.Programs, []);

    /// <summary>Whether the kernel sends connections for functions to the sockets that <see cref="KernelAddresses"/> gave it.</summary>
    public bool Steers => Use(static hooks => hooks.Steers, without: false);

    /// <summary>Returns a copy of what keeps connections steered, for the next gateway; null if the kernel does not steer.</summary>
    public SafeHandle? CopySteering() => Use<SafeHandle?>(
        static hooks => hooks.SteeringLink is { } link && fcntl(link, F_DUPFD_CLOEXEC, 0) is >= 0 and var copy ? new SafeFileHandle(copy, ownsHandle: true) : null, without: null);

    /// <summary>Reads what each program saw, by what became of it; empty without eBPF.</summary>
    public IReadOnlyList<(string Program, string Outcome, long Count)> Counters() => Use(static hooks => hooks.ReadCounters(), []);

    /// <summary>Loads and attaches the programs. Nothing wakes before <see cref="KernelDemand.GoLive"/>.</summary>
    /// <param name="gateway">The configuration.</param>
    /// <param name="events">Receives what the kernel hears, on the ring buffer's thread.</param>
    /// <exception cref="BpfException">The kernel's signals cannot be had, and the configuration requires them.</exception>
    public void Attach(GatewayOptions gateway, IKernelEvents events)
    {
        var options = gateway.Ebpf;
        if (options.Mode == EbpfMode.Off)
        {
            KernelLog.Off(logger);
            return;
        }

        try
        {
            _hooks = KernelHooks.Attach(
                HookOptions.Of(gateway),
                events,
                logger);
        }
        catch (BpfException error) when (options.Mode == EbpfMode.Auto)
        {
            KernelLog.Without(logger, error.Message);
            return;
        }

        _remembersClients = options.ReturningClients.Enabled;
        foreach (var program in _hooks.Programs.Where(program => program.Outcome == "refused"))
        {
            KernelLog.Refused(logger, program.Program, program.Why!);
        }

        _hooks.AttachmentsChanged += (_, _) => LogAttachments();
        LogAttachments();
    }

    /// <summary>Has the kernel report the next signal for a function, once.</summary>
    /// <param name="function">The function's number.</param>
    /// <param name="triggers">The signals that the kernel is to report.</param>
    public void Arm(uint function, Triggers triggers)
    {
        using var use = new Reading(_disposal);
        _hooks?.Arm(function, triggers);
    }

    /// <summary>Has the kernel report no more signals for a function.</summary>
    public void Disarm(uint function)
    {
        using var use = new Reading(_disposal);
        _hooks?.Disarm(function);
    }

    /// <summary>Detaches and unloads the hooks. From here on every member answers as without eBPF.</summary>
    public void Dispose()
    {
        KernelHooks? hooks;
        _disposal.EnterWriteLock();
        try
        {
            // Functions go on coming to rest while the gateway ends.
            (hooks, _hooks) = (_hooks, null);
        }
        finally
        {
            _disposal.ExitWriteLock();
        }

        hooks?.Dispose();
    }

    /// <summary>Works with the hooks, which are not disposed of meanwhile.</summary>
    /// <returns>Returns what <paramref name="work"/> returned, or <paramref name="without"/> if there are no hooks.</returns>
    internal T Use<T>(Func<KernelHooks, T> work, T without)
    {
        using var use = new Reading(_disposal);
        return _hooks is { } hooks ? work(hooks) : without;
    }

    /// <summary>Works with what clients asked for last, which is not disposed of meanwhile.</summary>
    /// <returns>Returns what <paramref name="work"/> returned, or <paramref name="without"/> if nothing is remembered of clients.</returns>
    internal T UseClients<T>(Func<KernelClients, T> work, T without) => Use(hooks => _remembersClients ? work(hooks.Clients) : without, without);

    private void LogAttachments()
    {
        var text = Use(static hooks => AttachmentText.Describe(hooks.Attachments), without: _logged);
        // Containers' interfaces come and go; what is attached stays the same.
        if (Interlocked.Exchange(ref _logged, text) != text)
        {
            KernelLog.Attached(logger, text);
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int fcntl(SafeHandle descriptor, int command, nint argument);

    private readonly ref struct Reading
    {
        private readonly ReaderWriterLockSlim _lock;

        public Reading(ReaderWriterLockSlim readers)
        {
            readers.EnterReadLock();
            _lock = readers;
        }

        public void Dispose() => _lock.ExitReadLock();
    }
}
