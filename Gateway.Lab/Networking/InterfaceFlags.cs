using System.Text;
using Gateway.Lab.Native;

namespace Gateway.Lab.Networking;

/// <summary>Brings an interface of the calling thread's namespace up; spares each lab a run of <c>ip</c>.</summary>
internal static class InterfaceFlags
{
    /// <summary>linux/sockios.h</summary>
    private const nuint SIOCGIFFLAGS = 0x8913, SIOCSIFFLAGS = 0x8914;

    /// <summary>linux/if.h</summary>
    private const short IFF_UP = 1;

    /// <summary>linux/socket.h and net.h</summary>
    private const int AF_INET = 2, SOCK_DGRAM = 2, SOCK_CLOEXEC = 0x80000;

    internal static unsafe bool SetUp(string name)
    {
        var fd = LibC.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
        {
            throw LabException.FromErrno("Cannot open a socket");
        }

        try
        {
            var request = new LibC.ifreq();
            CopyName(name, ref request);
            if (LibC.ioctl(fd, SIOCGIFFLAGS, &request) != 0)
            {
                throw LabException.FromErrno($"Cannot read the flags of interface {name}");
            }

            request.ifr_flags |= IFF_UP;
            if (LibC.ioctl(fd, SIOCSIFFLAGS, &request) != 0)
            {
                throw LabException.FromErrno($"Cannot bring interface {name} up");
            }

            return true;
        }
        finally
        {
            _ = LibC.close(fd);
        }
    }

    /// <exception cref="LabException">The name is longer than the kernel's 15 bytes (IFNAMSIZ, linux/if.h).</exception>
    internal static unsafe void CopyName(string name, ref LibC.ifreq request)
    {
        fixed (byte* target = request.ifr_name)
        {
            var bytes = new Span<byte>(target, 16);
            if (!Encoding.ASCII.TryGetBytes(name, bytes[..15], out _))
            {
                throw new LabException($"Interface name '{name}' is longer than 15 characters");
            }
        }
    }
}
