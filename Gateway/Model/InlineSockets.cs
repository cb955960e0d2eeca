using System.Net;
using System.Net.Sockets;

namespace Gateway.Model;

/// <summary>
/// Has the threads that watch the process's sockets go on with what waited for them, instead of handing it to the thread pool. A proxied request waits for sockets four times, and
/// each time a thread of the pool would have to be woken for some microseconds of work. What may take time leaves these threads by <see cref="PoolThread"/>.
/// </summary>
internal static class InlineSockets
{
    /// <summary>The runtime's switch (SocketAsyncEngine.Unix.cs), which it reads once, with the first wait for a socket. Whoever starts the gateway turns it off with 0.</summary>
    private const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>Gets whether it is so.</summary>
    public static bool IsOn { get; private set; }

    /// <summary>Turns it on, before anything waits for a socket.</summary>
    public static async Task TurnOnAsync()
    {
        var wanted = Environment.GetEnvironmentVariable(Variable);
        IsOn = wanted is null or "1";
        if (wanted is not null)
        {
            return;
        }

        Environment.SetEnvironmentVariable(Variable, "1");
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            var wait = socket.ReceiveAsync(new byte[1]);
            socket.Dispose();
            await ((Task)wait).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            // The programs of functions inherit the gateway's environment, and it is not for them.
            Environment.SetEnvironmentVariable(Variable, null);
        }
    }
}
