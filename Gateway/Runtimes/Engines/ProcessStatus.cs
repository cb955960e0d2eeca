using System.Collections.Frozen;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Gateway.Runtimes.Engines;

/// <summary>Holds what /proc shows of a process and its signals, proc_pid_status(5) and proc_pid_syscall(5).</summary>
/// <param name="Depth">The number of PID namespaces that show the process.</param>
/// <param name="IsInit">Whether it is process 1 in the innermost of them.</param>
/// <param name="Blocked">The signals that its first thread blocks, the lowest bit being signal 1.</param>
/// <param name="Caught">The signals that it has a handler for.</param>
/// <param name="Waits">Whether its first thread waits for signals now. It is also true if that cannot be found out.</param>
internal sealed record ProcessStatus(int Depth, bool IsInit, ulong Blocked, ulong Caught, bool Waits)
{
    // The numbers of rt_sigtimedwait in asm/unistd_64.h and asm-generic/unistd.h, and for 32-bit programs in asm/unistd_32.h (with 64-bit times).
    private static readonly FrozenSet<int> Waiting = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => [128, 177, 421],
        Architecture.Arm64 => [137, 177, 421],
        _ => [],
    };

    /// <summary>
    /// Returns true if a signal has an effect on the process. A blocked signal is kept for a signalfd(2) or a sigwait(2), by which inits take theirs. While
    /// a thread is in a sigwait, the signals that it waits for are not shown as blocked (kernel/signal.c: sig_ignored, do_sigtimedwait).
    /// </summary>
    public bool Heeds(int signal) => signal == StopSignals.Kill || Waits || (((Blocked | Caught) >> (signal - 1)) & 1) != 0;

    /// <summary>Reads the status of a process. Returns null if it has ended, or cannot be read.</summary>
    /// <param name="process">The id of the process, which is 0 for one that this PID namespace does not show.</param>
    public static ProcessStatus? TryRead(string process)
    {
        if (process == "0")
        {
            return null;
        }

        // Read before the masks, because a thread that returns from a sigwait has masks that show the signals as blocked.
        var waits = IsWaiting(process);
        var fields = Read($"/proc/{process}/status")
            .Select(line => line.Split(':', 2))
            .Where(parts => parts.Length == 2)
            .ToDictionary(parts => parts[0], parts => parts[1].Trim());
        if (!fields.TryGetValue("NSpid", out var pids) || Mask(fields, "SigBlk") is not { } blocked || Mask(fields, "SigCgt") is not { } caught)
        {
            return null;
        }

        var shown = pids.Split('\t', StringSplitOptions.RemoveEmptyEntries);
        return new ProcessStatus(shown.Length, shown is [_, .., "1"], blocked, caught, waits || IsWaiting(process));
    }

    /// <summary>Returns the lines of a file, or none if the file does not exist (any more) or may not be read.</summary>
    public static string[] Read(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    // The file has "running", or the number and the arguments of the current system call. It is readable for the machine's administrator only.
    private static bool IsWaiting(string process) => Read($"/proc/{process}/syscall") is not [var call]
        || (int.TryParse(call.Split(' ')[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && Waiting.Contains(number))
        || Waiting.Count == 0;

    private static ulong? Mask(Dictionary<string, string> fields, string name) =>
        fields.TryGetValue(name, out var text) && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var mask) ? mask : null;
}
