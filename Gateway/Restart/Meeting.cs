using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Gateway.Configuration;

namespace Gateway.Restart;

/// <summary>
/// Where a gateway and the next one meet: an abstract unix socket (unix(7)), which belongs to the network namespace, as the listening sockets do, and leaves no file. Its name
/// is made of the user, the gateway's name and the configuration's folder, so that only gateways of one configuration meet. Both ends ask the kernel who the other one is.
/// </summary>
/// <param name="options">The configuration at the start.</param>
/// <param name="contentRoot">The configuration's folder.</param>
internal sealed class Meeting(GatewayOptions options, string contentRoot)
{
    /// <summary>Gets the name, without the NUL that makes it abstract.</summary>
    public string Name { get; } = string.Create(
        CultureInfo.InvariantCulture,
        $"headstart/{DescriptorChannel.OwnUser}/{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{options.Name}\n{Real(contentRoot)}")).AsSpan(0, 16))}");

    /// <summary>Gets the address.</summary>
    public UnixDomainSocketEndPoint Address => new('\0' + Name);

    /// <summary>Connects to the gateway that is there, or returns null if there is none of this user's.</summary>
    public DescriptorChannel? TryConnect()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(Address);
            var channel = new DescriptorChannel(socket);
            if (channel.Peer.User == DescriptorChannel.OwnUser)
            {
                return channel;
            }
        }
        catch (SocketException)
        {
            // Nobody is there, which is the usual case.
        }

        socket.Dispose();
        return null;
    }

    /// <summary>Listens for the next gateway, or returns null if another program has the name.</summary>
    public Socket? TryListen()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(Address);
            socket.Listen();
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    private static string Real(string folder) => new DirectoryInfo(folder).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? Path.TrimEndingDirectorySeparator(folder);
}
