using System.Collections.Frozen;
using System.Runtime.InteropServices;

namespace LibBpf;

/// <summary>
/// These are the error numbers that bpf(2), links and libbpf give (asm-generic/errno-base.h, asm-generic/errno.h and <c>enum libbpf_errno</c>),
/// to compare with <see cref="BpfException.Errno"/>.
/// </summary>
public static class ErrnoCodes
{
    /// <summary>The process lacks a capability.</summary>
    public const int EPERM = 1;

    /// <summary>There is no such file, key, program or map.</summary>
    public const int ENOENT = 2;

    /// <summary>A signal ended the call.</summary>
    public const int EINTR = 4;

    /// <summary>The map is full, or the index is outside of it.</summary>
    public const int E2BIG = 7;

    /// <summary>There is nothing now.</summary>
    public const int EAGAIN = 11;

    /// <summary>There is no memory, or the limit on locked memory is reached.</summary>
    public const int ENOMEM = 12;

    /// <summary>The verifier refused the program, or a permission is missing.</summary>
    public const int EACCES = 13;

    /// <summary>The place is taken by another program.</summary>
    public const int EBUSY = 16;

    /// <summary>There is one already.</summary>
    public const int EEXIST = 17;

    /// <summary>There is no such device.</summary>
    public const int ENODEV = 19;

    /// <summary>A part of the path is not a directory.</summary>
    public const int ENOTDIR = 20;

    /// <summary>An argument is wrong, or the kernel does not know the command.</summary>
    public const int EINVAL = 22;

    /// <summary>There is no room.</summary>
    public const int ENOSPC = 28;

    /// <summary>The result is out of range.</summary>
    public const int ERANGE = 34;

    /// <summary>The kernel was built without it.</summary>
    public const int ENOSYS = 38;

    /// <summary>The device or socket does not support it.</summary>
    public const int EOPNOTSUPP = 95;

    /// <summary>The call was ended by its own callback.</summary>
    public const int ECANCELED = 125;

    /// <summary>The kernel does not support it for this kind of object. It is the kernel's own code and has no text in the C library.</summary>
    public const int ENOTSUPP = 524;

    private const int FirstOfLibBpf = 4000;

    private static readonly FrozenDictionary<int, string> Names = new Dictionary<int, string>
    {
        [EPERM] = "EPERM", [ENOENT] = "ENOENT", [3] = "ESRCH", [EINTR] = "EINTR", [5] = "EIO", [6] = "ENXIO",
        [E2BIG] = "E2BIG", [9] = "EBADF", [EAGAIN] = "EAGAIN", [ENOMEM] = "ENOMEM", [EACCES] = "EACCES",
        [14] = "EFAULT", [EBUSY] = "EBUSY", [EEXIST] = "EEXIST", [ENODEV] = "ENODEV", [ENOTDIR] = "ENOTDIR",
        [EINVAL] = "EINVAL", [23] = "ENFILE", [24] = "EMFILE", [ENOSPC] = "ENOSPC", [ERANGE] = "ERANGE",
        [ENOSYS] = "ENOSYS", [71] = "EPROTO", [75] = "EOVERFLOW", [EOPNOTSUPP] = "EOPNOTSUPP", [ECANCELED] = "ECANCELED", [ENOTSUPP] = "ENOTSUPP",
        [4000] = "LIBBPF_ERRNO__LIBELF", [4001] = "LIBBPF_ERRNO__FORMAT", [4002] = "LIBBPF_ERRNO__KVERSION",
        [4003] = "LIBBPF_ERRNO__ENDIAN", [4004] = "LIBBPF_ERRNO__INTERNAL", [4005] = "LIBBPF_ERRNO__RELOC",
        [4006] = "LIBBPF_ERRNO__LOAD", [4007] = "LIBBPF_ERRNO__VERIFY", [4008] = "LIBBPF_ERRNO__PROG2BIG",
        [4009] = "LIBBPF_ERRNO__KVER", [4010] = "LIBBPF_ERRNO__PROGTYPE",
    }.ToFrozenDictionary();

    /// <summary>Gives the name of an error number.</summary>
    /// <param name="errno">The positive number.</param>
    /// <returns>The name, as "EPERM"; "errno 123" for one that is not listed, "none" for 0.</returns>
    public static string NameOf(int errno) => Names.GetValueOrDefault(errno, errno == 0 ? "none" : $"errno {errno}");

    /// <summary>Gives the name of an error number and what the C library says of it.</summary>
    /// <param name="errno">The positive number.</param>
    /// <returns>The text, as "EPERM (Operation not permitted)".</returns>
    public static string Describe(int errno) =>
        errno < FirstOfLibBpf && errno != ENOTSUPP ? $"{NameOf(errno)} ({Marshal.GetPInvokeErrorMessage(errno)})" : NameOf(errno);
}
