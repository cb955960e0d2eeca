using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Gateway.Lab.Commands;

/// <summary>
/// A function of bytes: <c>tcp [GREETING]</c> sends its greeting, sends back what it gets, and says how much that was when its client has ended its direction.
/// <c>RST</c> has it reset the connection, <c>FIN</c> end its own direction alone, and <c>BYE</c> send <see cref="LastWords"/> bytes and exit.
/// At SIGTERM it takes leave of each client and exits.
/// </summary>
internal static class TcpCommand
{
    /// <summary>So many bytes fit into the buffers of a connection.</summary>
    private const int LastWords = 200_000;

    private static readonly ConcurrentDictionary<Socket, bool> s_clients = new();

    public static async Task<int> RunAsync(string[] arguments)
    {
        using var signal = PosixSignalRegistration.Create(PosixSignal.SIGTERM, static _ =>
        {
            foreach (var client in s_clients.Keys)
            {
                client.Send("terminating\n"u8);
            }

            Environment.Exit(0);
        });
        var port = int.Parse(Environment.GetEnvironmentVariable("PORT") ?? throw new LabException("PORT is not set."), CultureInfo.InvariantCulture);
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Any, port));
        listener.Listen();
        while (true)
        {
            _ = ServeAsync(await listener.AcceptAsync(), arguments.FirstOrDefault());
        }
    }

    private static async Task ServeAsync(Socket socket, string? greeting)
    {
        using var client = socket;
        s_clients[client] = true;
        try
        {
            if (greeting is not null)
            {
                await client.SendAsync(Encoding.ASCII.GetBytes(greeting));
            }

            var (buffer, total, isOpen) = (new byte[65536], 0L, true);
            while (await client.ReceiveAsync(buffer) is > 0 and var size)
            {
                total += size;
                var text = Encoding.Latin1.GetString(buffer, 0, size);
                if (text == "RST")
                {
                    client.Close(timeout: 0);
                    return;
                }

                if (text == "BYE")
                {
                    await client.SendAsync(new byte[LastWords]);
                    Environment.Exit(0);
                }

                if (text == "FIN")
                {
                    client.Shutdown(SocketShutdown.Send);
                    isOpen = false;
                }

                if (isOpen)
                {
                    await client.SendAsync(buffer.AsMemory(0, size));
                }
            }

            Console.WriteLine($"ended after {total}");
            if (isOpen)
            {
                await client.SendAsync(Encoding.ASCII.GetBytes($"\ngot {total}"));
            }
        }
        catch (SocketException error)
        {
            Console.WriteLine($"broken off: {error.SocketErrorCode}");
        }
        finally
        {
            s_clients.TryRemove(client, out _);
        }
    }
}
