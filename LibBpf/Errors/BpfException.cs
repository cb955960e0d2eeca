namespace LibBpf;

/// <summary>This exception is thrown when a call to libbpf or the kernel failed. <see cref="Exception.Message"/> is one sentence that says what and, where known, what to do.</summary>
public sealed class BpfException : Exception
{
    /// <summary>Makes an exception with a sentence of its own, for failures beside those of this library that are to be caught with them.</summary>
    /// <param name="message">One sentence that says what failed and what to do.</param>
    /// <param name="operation">What was being done, as in "loading the sample".</param>
    /// <param name="errno">The positive errno; 0 where there was no call.</param>
    public BpfException(string message, string operation, int errno)
        : this(message, operation, errno, verifierLog: null)
    {
    }

    internal BpfException(string message, string operation, int errno, string? verifierLog, Exception? inner = null)
        : base(message, inner)
    {
        Operation = operation;
        Errno = errno;
        ErrnoName = ErrnoCodes.NameOf(errno);
        VerifierLog = verifierLog;
    }

    /// <summary>Gets what was being done, as in "loading the sample".</summary>
    public string Operation { get; }

    /// <summary>Gets the positive errno (errno.h), libbpf's own code from 4000 on, or 0 where there was no call, as with a missing library.</summary>
    public int Errno { get; }

    /// <summary>Gets the name of <see cref="Errno"/>, as "EPERM".</summary>
    public string ErrnoName { get; }

    /// <summary>Gets all that the kernel's verifier wrote, or null when it did not speak.</summary>
    public string? VerifierLog { get; }

    /// <summary>Makes the exception that this library would throw for an errno: its message names the errno and, where known, a remedy.</summary>
    /// <param name="operation">What was being done, as in "opening a socket".</param>
    /// <param name="errno">The positive errno.</param>
    /// <returns>The exception, to be thrown.</returns>
    public static BpfException FromErrno(string operation, int errno) => BpfError.FromErrno(operation, errno);
}
