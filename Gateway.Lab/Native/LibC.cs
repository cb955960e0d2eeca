using System.Runtime.InteropServices;

namespace Gateway.Lab.Native;

/// <summary>What the lab needs of the C library. C names stay C names; every call's manual page is its documentation.</summary>
internal static unsafe partial class LibC
{
    internal const int EINTR = 4;
    internal const int EAGAIN = 11;
    internal const int ESRCH = 3;

    /// <summary>linux/sched.h</summary>
    internal const int CLONE_NEWNET = 0x40000000;

    /// <summary>asm-generic/fcntl.h</summary>
    internal const int O_RDONLY = 0, O_RDWR = 2, O_CLOEXEC = 0x80000;

    /// <summary>linux/eventfd.h: the same bits as O_CLOEXEC and O_NONBLOCK.</summary>
    internal const int EFD_CLOEXEC = 0x80000, EFD_NONBLOCK = 0x800;

    /// <summary>asm-generic/poll.h</summary>
    internal const short POLLIN = 1;

    /// <summary>linux/prctl.h</summary>
    internal const int PR_SET_TIMERSLACK = 29;

    /// <summary>linux/sched.h and sys/resource.h</summary>
    internal const int SCHED_FIFO = 1, PRIO_PROCESS = 0;

    /// <summary>asm-generic/signal.h</summary>
    internal const int SIGKILL = 9, SIGTERM = 15;

    /// <summary>System call numbers that all architectures share (asm-generic/unistd.h, since Linux 5.3).</summary>
    internal const nint SYS_pidfd_send_signal = 424, SYS_pidfd_open = 434;

    [StructLayout(LayoutKind.Sequential)]
    internal struct @pollfd
    {
        public int fd;
        public short events;
        public short revents;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct @timespec
    {
        public nint tv_sec;
        public nint tv_nsec;
    }

    /// <summary>linux/if.h: the interface's name and its flags, padded to the union's size.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 40)]
    internal struct @ifreq
    {
        public fixed byte ifr_name[16];
        public short ifr_flags;
    }

    /// <summary>linux/if_packet.h and linux/socket.h</summary>
    internal const int AF_PACKET = 17, SOCK_RAW = 3, SOL_PACKET = 263, PACKET_QDISC_BYPASS = 20;

    /// <summary>linux/if_packet.h: the address of a device.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct @sockaddr_ll
    {
        public ushort sll_family;
        public ushort sll_protocol;
        public int sll_ifindex;
        public ushort sll_hatype;
        public byte sll_pkttype;
        public byte sll_halen;
        public fixed byte sll_addr[8];
    }

    /// <summary>bits/types/struct_iovec.h</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct @iovec
    {
        public void* iov_base;
        public nuint iov_len;
    }

    /// <summary>bits/socket.h: msghdr, and behind it how many bytes were sent.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct @mmsghdr
    {
        public void* msg_name;
        public uint msg_namelen;
        public iovec* msg_iov;
        public nuint msg_iovlen;
        public void* msg_control;
        public nuint msg_controllen;
        public int msg_flags;
        public uint msg_len;
    }

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int bind(int fd, sockaddr_ll* address, int length);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int setsockopt(int fd, int level, int name, int* value, int length);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int sendmmsg(int fd, mmsghdr* messages, uint count, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial uint if_nametoindex(string name);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int unshare(int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int setns(int fd, int nstype);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int socket(int domain, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int close(int fd);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int ioctl(int fd, nuint request, ifreq* argument);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint read(int fd, void* buffer, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint write(int fd, void* buffer, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int ppoll(pollfd* fds, nuint count, timespec* timeout, void* sigmask);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int eventfd(uint initial, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int prctl(int option, nuint arg2, nuint arg3, nuint arg4, nuint arg5);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int sched_setscheduler(int pid, int policy, int* parameters);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int sched_setaffinity(int pid, nuint size, ulong* mask);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int setpriority(int which, uint who, int priority);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint syscall(nint number, nint arg1, nint arg2, nint arg3, nint arg4);
}
