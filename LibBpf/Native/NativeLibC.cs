using System.Runtime.InteropServices;

namespace LibBpf.Native;

/// <summary>The C library. Calls that fail return -1 (or MAP_FAILED) and set errno.</summary>
internal static unsafe partial class NativeLibC
{
    private const string Library = "libc";

    // unistd.h
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int close(int fd);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint write(FileDescriptor fd, void* data, nuint size);

    // fcntl.h
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int open(string path, int flags);

    // sys/mman.h
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint mmap(nint address, nuint length, int protection, int flags, int fd, nint offset);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int munmap(nint address, nuint length);

    // sched.h. Thread id 0: the calling thread.
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int sched_setscheduler(int thread, int policy, int* priority);

    // poll.h
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int poll(pollfd* fds, nuint count, int timeout);

    // sys/eventfd.h
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int eventfd(uint value, int flags);

    // stdio.h. A va_list is one machine word at the ABI of x86-64 (array), arm64 (large struct) and riscv64 (pointer).
    [LibraryImport(Library)]
    internal static partial int vsnprintf(byte* buffer, nuint size, byte* format, nint arguments);
}

/// <summary>Constants of the headers above, the same on every architecture that .NET runs on.</summary>
internal static class NativeLibCFlags
{
    internal const int O_CLOEXEC = 0x80000;
    internal const int O_RDONLY = 0;
    internal const int PROT_READ = 1;
    internal const int PROT_WRITE = 2;
    internal const int MAP_SHARED = 1;
    internal const short POLLIN = 1;
    internal const int SCHED_FIFO = 1;
    internal const int SCHED_RESET_ON_FORK = 0x40000000;
    internal const int EFD_CLOEXEC = 0x80000;
    internal const int EFD_NONBLOCK = 0x800;
}

#pragma warning disable CS8981 // C names are lower case.

/// <summary>poll.h</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct pollfd
{
    public int fd;
    public short events;
    public short revents;
}
