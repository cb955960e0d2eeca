using System.Runtime.InteropServices;

namespace LibBpf;

/// <summary>Makes exceptions of errnos. No other class does.</summary>
internal static class BpfError
{
    /// <summary>Returns a result of 0 or more, and throws for a negative errno, as libbpf returns it.</summary>
    internal static int Check(int result, string operation, string? verifierLog = null)
    {
        if (result < 0)
        {
            throw FromErrno(operation, -result, verifierLog);
        }
        LibBpfLog.ForgetLastWarning(); // The warning belongs to a call that succeeded.
        return result;
    }

    /// <summary>Returns a pointer, and throws what errno says for NULL. Call it before anything else can change errno.</summary>
    internal static nint CheckPointer(nint pointer, string operation) =>
        pointer != 0 ? pointer : throw FromErrno(operation, Marshal.GetLastPInvokeError());

    /// <summary>Returns a result of 0 or more, and throws what errno says for -1.</summary>
    internal static int CheckErrno(int result, string operation) =>
        result >= 0 ? result : throw FromErrno(operation, Marshal.GetLastPInvokeError());

    internal static BpfException FromErrno(string operation, int errno, string? verifierLog = null)
    {
        var libbpf = LibBpfLog.TakeLastWarning();
        var log = string.IsNullOrWhiteSpace(verifierLog) ? null : verifierLog;
        var why = log is null ? Hint(errno) ?? Said(libbpf) : $"the kernel's verifier says: {VerifierLogs.Summarize(log)}{Leaks(log)}";
        var sentence = $"{Capitalized(operation)} failed with {ErrnoCodes.Describe(errno)}{(why is null ? "." : $": {why}.")}";
        return new BpfException(sentence, operation, errno, log);
    }

    /// <summary>Makes the exception for a libbpf that is absent, or older than the calls that are made.</summary>
    internal static BpfException FromMissingLibrary(Exception inner) => new(
        inner is EntryPointNotFoundException
            ? "The installed libbpf.so.1 is older than version 1.0: install a newer one (apt-get install libbpf1)."
            : "There is no libbpf.so.1 on this machine: install it (apt-get install libbpf1).",
        "loading libbpf", errno: 0, verifierLog: null, inner);

    private static string? Hint(int errno) => errno switch
    {
        ErrnoCodes.EPERM or ErrnoCodes.EACCES =>
            "run it as root or give it the capabilities CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON (on kernels before 5.11 raise the limit on locked memory too: ulimit -l unlimited)",
        ErrnoCodes.ENOMEM => "the kernel has no memory for it, or the limit on locked memory is too low (ulimit -l unlimited)",
        ErrnoCodes.EBUSY => "another program holds this place already (bpftool net, bpftool cgroup tree show it)",
        ErrnoCodes.ENOSYS => "this kernel was built without it",
        _ => null,
    };

    // kernel/bpf/verifier.c, allow_ptr_leaks: without CAP_PERFMON it prohibits what a privileged program may do.
    private static string Leaks(string log) =>
        log.Contains("prohibited", StringComparison.Ordinal) ? ", which it allows with the capability CAP_PERFMON" : "";

    private static string? Said(string? warning) => warning is null ? null : $"libbpf says: {warning.TrimEnd('.')}";

    private static string Capitalized(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
