using System.Collections.Frozen;
using System.Runtime.InteropServices;

namespace Gateway.Ebpf;

/// <summary>asm-generic/errno-base.h, asm-generic/errno.h and <c>enum libbpf_errno</c>: those that bpf(2), links and libbpf give.</summary>
internal static class ErrnoNames
{
    internal const int EPERM = 1;
    internal const int ENOENT = 2;
    internal const int EINTR = 4;
    internal const int E2BIG = 7;
    internal const int EAGAIN = 11;
    internal const int ENOMEM = 12;
    internal const int EACCES = 13;
    internal const int EBUSY = 16;
    internal const int EEXIST = 17;
    internal const int ENODEV = 19;
    internal const int ENOTDIR = 20;
    internal const int EINVAL = 22;
    internal const int ENOSPC = 28;
    internal const int ERANGE = 34;
    internal const int ENOSYS = 38;
    internal const int EOPNOTSUPP = 95;

    private const int FirstOfLibBpf = 4000;

    private static readonly FrozenDictionary<int, string> Names = new Dictionary<int, string>
    {
        [EPERM] = "EPERM", [ENOENT] = "ENOENT", [3] = "ESRCH", [EINTR] = "EINTR", [5] = "EIO", [6] = "ENXIO",
        [E2BIG] = "E2BIG", [9] = "EBADF", [EAGAIN] = "EAGAIN", [ENOMEM] = "ENOMEM", [EACCES] = "EACCES",
        [14] = "EFAULT", [EBUSY] = "EBUSY", [EEXIST] = "EEXIST", [ENODEV] = "ENODEV", [ENOTDIR] = "ENOTDIR",
        [EINVAL] = "EINVAL", [23] = "ENFILE", [24] = "EMFILE", [ENOSPC] = "ENOSPC", [ERANGE] = "ERANGE",
        [ENOSYS] = "ENOSYS", [71] = "EPROTO", [75] = "EOVERFLOW", [EOPNOTSUPP] = "EOPNOTSUPP", [524] = "ENOTSUPP",
        [4000] = "LIBBPF_ERRNO__LIBELF", [4001] = "LIBBPF_ERRNO__FORMAT", [4002] = "LIBBPF_ERRNO__KVERSION",
        [4003] = "LIBBPF_ERRNO__ENDIAN", [4004] = "LIBBPF_ERRNO__INTERNAL", [4005] = "LIBBPF_ERRNO__RELOC",
        [4006] = "LIBBPF_ERRNO__LOAD", [4007] = "LIBBPF_ERRNO__VERIFY", [4008] = "LIBBPF_ERRNO__PROG2BIG",
        [4009] = "LIBBPF_ERRNO__KVER", [4010] = "LIBBPF_ERRNO__PROGTYPE",
    }.ToFrozenDictionary();

    internal static string Of(int errno) => Names.GetValueOrDefault(errno, errno == 0 ? "none" : $"errno {errno}");

    /// <summary>"EPERM (Operation not permitted)".</summary>
    internal static string Describe(int errno) =>
        errno < FirstOfLibBpf && errno != 524 ? $"{Of(errno)} ({Marshal.GetPInvokeErrorMessage(errno)})" : Of(errno);
}
