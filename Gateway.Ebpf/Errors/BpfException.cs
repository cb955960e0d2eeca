namespace Gateway.Ebpf;

/// <summary>A call to libbpf or the kernel failed. <see cref="Exception.Message"/> is one sentence that says what and, where known, what to do.</summary>
public sealed class BpfException : Exception
{
    internal BpfException(string message, string operation, int errno, string? verifierLog = null, Exception? inner = null)
        : base(message, inner)
    {
        Operation = operation;
        Errno = errno;
        ErrnoName = ErrnoNames.Of(errno);
        VerifierLog = verifierLog;
    }

    /// <summary>What was being done, as in "loading headstart".</summary>
    public string Operation { get; }

    /// <summary>The positive errno (errno.h), libbpf's own code from 4000 on, or 0 where there was no call, as with a missing library.</summary>
    public int Errno { get; }

    /// <summary>"EPERM" and so on.</summary>
    public string ErrnoName { get; }

    /// <summary>All that the kernel's verifier wrote, or null when it did not speak.</summary>
    public string? VerifierLog { get; }
}
