using Gateway.Runtimes;

namespace Gateway.CommandLine;

/// <summary>What may be written to a terminal, and how wide it is.</summary>
internal static class TerminalText
{
    private const int DefaultWidth = 80;

    /// <summary>Returns the width of the terminal that a writer is, in characters, or null if it is none.</summary>
    public static int? WidthOf(TextWriter output) =>
        !ReferenceEquals(output, Console.Out) || Console.IsOutputRedirected ? null : Console.WindowWidth is > 0 and var width ? width : DefaultWidth;

    /// <summary>Returns a text as one line that moves no cursor and changes no colour.</summary>
    public static string OneLine(string text) => ProgramOutput.Printable(text);
}
