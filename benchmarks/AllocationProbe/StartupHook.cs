using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.Sockets;

/// <summary>
/// Loaded into a .NET process by DOTNET_STARTUP_HOOKS: tells each connection to the Unix socket of HEADSTART_PROBE how many
/// bytes the process has allocated so far, and closes it. The process itself is unchanged.
/// </summary>
[SuppressMessage("Design", "CA1050", Justification = "The runtime looks for this name in no namespace.")]
[SuppressMessage("Design", "MA0047", Justification = "The runtime looks for this name in no namespace.")]
internal static class StartupHook
{
    [SuppressMessage("CodeQuality", "IDE0051", Justification = "Called by the runtime.")]
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable("HEADSTART_PROBE") is { Length: > 0 } path)
        {
            var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(new UnixDomainSocketEndPoint(path));
            listener.Listen();
            new Thread(() => Serve(listener)) { IsBackground = true, Name = "allocation-probe" }.Start();
        }
    }

    private static void Serve(Socket listener)
    {
        while (true)
        {
            using var connection = listener.Accept();
            connection.Send(System.Text.Encoding.ASCII.GetBytes(GC.GetTotalAllocatedBytes(precise: true).ToString(CultureInfo.InvariantCulture)));
        }
    }
}
