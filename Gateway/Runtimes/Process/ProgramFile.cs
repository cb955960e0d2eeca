using System.Globalization;

namespace Gateway.Runtimes.Process;

/// <summary>Finds the file of a function's program.</summary>
internal static class ProgramFile
{
    /// <summary>Returns the path of a program that may be executed, or null if there is none: a name without a slash is looked for on the PATH.</summary>
    /// <param name="directory">The directory that relative paths start from.</param>
    public static string? Locate(string program, string directory, ProcessRunOptions run)
    {
        if (program.Contains('/'))
        {
            var full = Path.GetFullPath(program, directory);
            return IsExecutable(full) ? full : null;
        }

        var path = run.Environment.TryGetValue("PATH", out var own) ? own : Environment.GetEnvironmentVariable("PATH") ?? "";
        return path.Split(':', StringSplitOptions.RemoveEmptyEntries).Select(entry => Path.Combine(entry, program)).FirstOrDefault(IsExecutable);
    }

    /// <summary>
    /// Returns the build of the program (<see cref="IInstance.Build"/>). A rebuilt program is another file, or the same one with another time. A script that an
    /// interpreter runs is not noticed.
    /// </summary>
    public static string BuildOf(ProcessRunOptions run, string directory)
    {
        try
        {
            if (Locate(run.Command[0], directory, run) is { } program)
            {
                var file = new FileInfo(File.ResolveLinkTarget(program, returnFinalTarget: true)?.FullName ?? program);
                return string.Create(CultureInfo.InvariantCulture, $"{file.LastWriteTimeUtc.Ticks:x}-{file.Length:x}");
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The start reports what is wrong with it.
        }

        return "";
    }

    private static bool IsExecutable(string path) =>
        File.Exists(path) && (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != UnixFileMode.None;
}
