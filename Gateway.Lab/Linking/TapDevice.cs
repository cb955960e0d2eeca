using Gateway.Lab.Native;
using Gateway.Lab.Networking;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Lab.Linking;

/// <summary>
/// A TAP device (Documentation/networking/tuntap.rst): the frames that its namespace sends are read here, those
/// written here its namespace receives. It exists as long as the descriptor.
/// </summary>
internal sealed class TapDevice : IDisposable
{
    /// <summary>linux/if_tun.h: _IOW('T', 202, int).</summary>
    private const nuint TUNSETIFF = 0x400454ca;

    /// <summary>linux/if_tun.h</summary>
    private const short IFF_TAP = 0x0002, IFF_NO_PI = 0x1000;

    private readonly SafeFileHandle _handle;

    private TapDevice(SafeFileHandle handle) => _handle = handle;

    public int Descriptor => (int)_handle.DangerousGetHandle();

    /// <exception cref="LabException">There is no /dev/net/tun, or the name is taken in that namespace.</exception>
    public static TapDevice Create(NetworkNamespace space, string name) => space.Run(() => Create(name));

    private static unsafe TapDevice Create(string name)
    {
        var fd = LibC.open("/dev/net/tun", LibC.O_RDWR | LibC.O_CLOEXEC);
        if (fd < 0)
        {
            throw LabException.FromErrno("Cannot open /dev/net/tun (is the tun module there, and is this root?)");
        }

        var handle = new SafeFileHandle(fd, ownsHandle: true);
        var request = new LibC.ifreq { ifr_flags = IFF_TAP | IFF_NO_PI };
        InterfaceFlags.CopyName(name, ref request);
        if (LibC.ioctl(fd, TUNSETIFF, &request) != 0)
        {
            var failure = LabException.FromErrno($"Cannot make the TAP device {name}");
            handle.Dispose();
            throw failure;
        }

        return new TapDevice(handle);
    }

    public void Dispose() => _handle.Dispose();
}
