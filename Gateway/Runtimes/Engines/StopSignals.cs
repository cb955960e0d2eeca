using System.Globalization;

namespace Gateway.Runtimes.Engines;

/// <summary>Translates signals as images name them, signal(7).</summary>
internal static class StopSignals
{
    public const int Kill = 9;

    public const string Default = "SIGTERM";

    private const int Highest = 64;

    // The C library keeps the kernel's first real-time signals, 32 and 33, for itself.
    private const int FirstRealTime = 34;

    // The names in asm-generic/signal.h, in order from 1.
    private static readonly string[] Names =
    [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT",
        "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    /// <summary>Returns the number of a signal, or null if there is no such signal.</summary>
    /// <param name="signal">A name with or without SIG, <c>RTMIN+3</c>, or a number. An empty text stands for <see cref="Default"/>.</param>
    public static int? NumberOf(string signal)
    {
        var name = (signal.Length == 0 ? Default : signal).ToUpperInvariant();
        name = name.StartsWith("SIG", StringComparison.Ordinal) ? name[3..] : name;
        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return Known(number);
        }

        if (Array.IndexOf(Names, name) is >= 0 and var index)
        {
            return index + 1;
        }

        return name.StartsWith("RTM", StringComparison.Ordinal) && name.Length >= 5 ? RealTime(name[3..5], name[5..]) : null;
    }

    private static int? RealTime(string end, string offset)
    {
        if (offset.Length > 0 && !int.TryParse(offset, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
        {
            return null;
        }

        var distance = offset.Length == 0 ? 0 : int.Parse(offset, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return end switch { "IN" => Known(FirstRealTime + distance), "AX" => Known(Highest + distance), _ => null };
    }

    private static int? Known(int number) => number is >= 1 and <= Highest ? number : null;
}
