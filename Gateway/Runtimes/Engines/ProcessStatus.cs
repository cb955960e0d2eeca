using System.Collections.Frozen;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Gateway.Runtimes.Engines;

/// <summary>What /proc shows of a process and signals, proc_pid_status(5) and proc_pid_syscall(5).</summary>
/// <param name="Depth">How many PID namespaces show it.</param>
/// <param name="IsInit">It is process 1 in the innermost of them.</param>
/// <param name="Blocked">Signals that its first thread keeps for later, the lowest bit being signal 1.</param>
/// <param name="Caught">Signals that it has a handler for.</param>
/// <param name="Waits">Its first thread waits for signals now, or that cannot be told.</param>
internal sealed record ProcessStatus(int Depth, bool IsInit, ulong Blocked, ulong Caught, bool Waits)
{
    // rt_sigtimedwait in asm/unistd_64.h, asm-generic/unistd.h, and for 32-bit programs asm/unistd_32.h with its 64-bit times.
    private static readonly FrozenSet<int> Waiting = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => [128, 177, 421],
        Architecture.Arm64 => [137, 177, 421],
        _ => [],
    };

    /// <summary>
    /// Whether a signal to it has an effect. One that is blocked is kept for a signalfd(2) or a sigwait(2), which is how inits take theirs; and while
    /// a thread is in a sigwait what it waits for is not shown as blocked (kernel/signal.c: sig_ignored, do_sigtimedwait).
    /// </summary>
    public bool Heeds(int signal) => signal == StopSignals.Kill || Waits || (((Blocked | Caught) >> (signal - 1)) & 1) != 0;

    /// <param name="process">Its id; 0 is one that this PID namespace does not show.</param>
    public static ProcessStatus? TryRead(string process)
    {
        if (process == "0")
        {
            return null;
        }

        // Before the masks: from a sigwait it comes back to masks that show what is blocked.
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

    /// <summary>A file's lines; none when it is not there (any more) or not for this user.</summary>
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

    // "running", or the number and the arguments of the system call that it is in; for others than the machine's administrator nothing.
    private static bool IsWaiting(string process) => Read($"/proc/{process}/syscall") is not [var call]
        || (int.TryParse(call.Split(' ')[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && Waiting.Contains(number))
        || Waiting.Count == 0;

    private static ulong? Mask(Dictionary<string, string> fields, string name) =>
        fields.TryGetValue(name, out var text) && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var mask) ? mask : null;
}
