using System.Runtime.InteropServices;

namespace Gateway.Forwarding;

/// <summary>The part that speaks to the kernel.</summary>
internal sealed unsafe partial class LeftClients
{
    // sys/epoll.h and sys/eventfd.h
    private const int EPOLL_CLOEXEC = 0x80000;
    private const int EPOLL_CTL_ADD = 1;
    private const int EPOLL_CTL_DEL = 2;
    private const uint EPOLLIN = 1;
    private const uint EPOLLRDHUP = 0x2000;
    private const uint EPOLLONESHOT = 1u << 30;
    private const int EFD_CLOEXEC = 0x80000;

    // struct epoll_event is packed on x86-64 alone (linux/eventpoll.h): 32 bits of events, and 64 of the caller's data.
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86 ? 4 : 8;
    private static readonly int EventSize = DataOffset + sizeof(long);

    /// <summary>Has a file watched. Returns false if the kernel does not do that.</summary>
    private static bool Watches(SafeHandle epoll, SafeHandle file, uint events, long id)
    {
        Span<byte> interest = stackalloc byte[EventSize];
        MemoryMarshal.Write(interest, events);
        MemoryMarshal.Write(interest[DataOffset..], id);
        fixed (byte* start = interest)
        {
            return epoll_ctl(epoll, EPOLL_CTL_ADD, file, start) == 0;
        }
    }

    private static void Forget(SafeHandle epoll, SafeHandle file)
    {
        // Linux before 2.6.9 needed an event here too; newer ones ignore it.
        _ = epoll_ctl(epoll, EPOLL_CTL_DEL, file, null);
    }

    /// <summary>Waits for events. Returns how many ids were written.</summary>
    private static int Next(SafeHandle epoll, Span<long> ids)
    {
        Span<byte> events = stackalloc byte[ids.Length * EventSize];
        int count;
        fixed (byte* start = events)
        {
            // An interrupted wait returns -1.
            count = Math.Max(0, epoll_wait(epoll, start, ids.Length, -1));
        }

        for (var i = 0; i < count; i++)
        {
            ids[i] = MemoryMarshal.Read<long>(events[((i * EventSize) + DataOffset)..]);
        }

        return count;
    }

    private static void Notify(SafeHandle eventFile)
    {
        var one = 1UL;
        _ = write(eventFile, &one, sizeof(ulong));
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(SafeHandle epoll, int operation, SafeHandle file, byte* interest);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_wait(SafeHandle epoll, byte* events, int count, int timeout);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint value, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(SafeHandle file, void* data, nint size);
}
