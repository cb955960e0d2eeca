using System.Net;
using System.Net.Sockets;
using Gateway.Configuration;

namespace Gateway;

/// <summary>Explains in one sentence why Kestrel cannot start, which it reports with a stack trace. Addresses in use are explained by <see cref="BindErrors"/>.</summary>
internal static class KestrelErrors
{
    /// <returns>Returns null for any other exception, which is a bug.</returns>
    public static string? Explain(Exception error, GatewayOptions options, IConfiguration configuration, string contentRoot) => error switch
    {
        SocketException socket => BindErrors.Paths(options, configuration).Select(entry => Refused(entry.Path, entry.Address, socket.SocketErrorCode)).FirstOrDefault(static text => text is not null)
            ?? BindErrors.Socket(options, socket),
        _ => CertificateErrors.Find(configuration, contentRoot),
    };

    // The exception does not name the address. The system refuses it again here.
    private static string? Refused(string path, string address, SocketError error)
    {
        if (TryBind(address) != error)
        {
            return null;
        }

        return error switch
        {
            SocketError.AccessDenied => $"{path}: this process may not listen on {address}; ports below 1024 need CAP_NET_BIND_SERVICE or root.",
            SocketError.AddressNotAvailable => $"{path}: {address} is no address of this machine (ip address shows them); correct it.",
            _ => $"{path}: the system does not let this process listen on {address}: {new SocketException((int)error).Message}.",
        };
    }

    private static SocketError? TryBind(string text)
    {
        var binding = BindingAddress.Parse(text);
        var address = IPAddress.TryParse(binding.Host.Trim('[', ']'), out var one) ? one : binding.Host == "localhost" ? IPAddress.Loopback : IPAddress.Any;
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, binding.Port));
            return null;
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode;
        }
    }
}
