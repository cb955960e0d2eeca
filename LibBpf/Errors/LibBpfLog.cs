using System.Runtime.InteropServices;
using System.Text;
using LibBpf.Native;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LibBpf;

/// <summary>This class passes what libbpf prints to a logger. libbpf has one print function for the process, so there is one logger.</summary>
public static unsafe partial class LibBpfLog
{
    private const int LongestMessage = 16 * 1024;

    private static volatile ILogger s_logger = NullLogger.Instance;

    // libbpf prints on the thread that called it, so the next exception on that thread can quote the warning.
    [ThreadStatic]
    private static string? t_lastWarning;

    // Whether the caller reports a refusal in a sentence of its own.
    [ThreadStatic]
    private static bool t_quiet;

    private static int s_installed;

    /// <summary>Sends libbpf's messages to a logger from now on. Without a call they are dropped; errors quote the last warning in any case.</summary>
    /// <param name="logger">Takes warnings, information and debug messages at the levels of those names.</param>
    public static void Use(ILogger logger) => s_logger = logger;

    /// <summary>Takes over libbpf's output, which would go to standard error otherwise.</summary>
    internal static void Install()
    {
        if (Volatile.Read(ref s_installed) == 0)
        {
            NativeLibBpf.libbpf_set_print(&Print);
            Volatile.Write(ref s_installed, 1);
        }
        ForgetLastWarning();
    }

    /// <summary>Runs a call with libbpf's warnings at level Debug: what fails there may fail, and the caller says why.</summary>
    /// <typeparam name="T">What the call returns.</typeparam>
    /// <param name="call">What to run, on this thread.</param>
    /// <returns>What the call returned.</returns>
    public static T Quietly<T>(Func<T> call)
    {
        t_quiet = true;
        try
        {
            return call();
        }
        finally
        {
            t_quiet = false;
        }
    }

    internal static void ForgetLastWarning() => t_lastWarning = null;

    internal static string? TakeLastWarning()
    {
        var warning = t_lastWarning;
        t_lastWarning = null;
        return warning;
    }

    [UnmanagedCallersOnly]
    private static int Print(int level, byte* format, nint arguments)
    {
        try
        {
            var logLevel = level switch { 0 => LogLevel.Warning, 1 => LogLevel.Information, _ => LogLevel.Debug };
            if (logLevel != LogLevel.Warning && !s_logger.IsEnabled(logLevel))
            {
                return 0;
            }
            var text = Format(format, arguments);
            if (logLevel == LogLevel.Warning)
            {
                t_lastWarning = text;
            }
            Said(s_logger, t_quiet && logLevel == LogLevel.Warning ? LogLevel.Debug : logLevel, text);
        }
        catch (Exception)
        {
            // A logger that throws must not unwind into libbpf: that would end the process.
        }
        return 0;
    }

    private static string Format(byte* format, nint arguments)
    {
        var buffer = new byte[LongestMessage];
        fixed (byte* start = buffer)
        {
            var wanted = NativeLibC.vsnprintf(start, LongestMessage, format, arguments);
            var length = Math.Clamp(wanted, 0, LongestMessage - 1);
            return Encoding.UTF8.GetString(start, length).Trim().Replace("libbpf: ", "", StringComparison.Ordinal);
        }
    }

    [LoggerMessage(EventId = 100, Message = "libbpf: {Text}", EventName = "LibBpf")]
    private static partial void Said(ILogger logger, LogLevel level, string text);
}
