using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Gateway.Restart;

/// <summary>Starts the small program that keeps the listening sockets between one gateway's end and the next one's start (Keeper/keep.c).</summary>
internal static class Keeper
{
    // It is built and published beside the gateway's assembly.
    private static readonly string s_program = Path.Combine(AppContext.BaseDirectory, "headstart-keep");

    /// <summary>Starts it. It connects to the address where gateways meet, and asks for what it is to keep.</summary>
    /// <param name="name">The name of the abstract socket.</param>
    /// <param name="keep">How long it waits for the next gateway.</param>
    /// <returns>Returns its process.</returns>
    /// <exception cref="Win32Exception">It cannot be started.</exception>
    public static int Start(string name, TimeSpan keep)
    {
        var start = new ProcessStartInfo(s_program, [name, keep.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture)]) { UseShellExecute = false };
        start.Environment.Clear();
        using var process = Process.Start(start)!;
        return process.Id;
    }
}
