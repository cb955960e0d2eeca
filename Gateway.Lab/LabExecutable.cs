using System.Runtime.InteropServices;
using Gateway.Lab.Processes;

namespace Gateway.Lab;

/// <summary>Finds this library's own executable, also in a process that uses it as a library.</summary>
public static class LabExecutable
{
    /// <summary>The <c>dotnet</c> that runs this process; if that is not known, the one in PATH.</summary>
    public static string DotnetPath { get; } = FindDotnet();

    /// <summary>A subcommand of Gateway.Lab, as a process to start.</summary>
    public static LabProcessOptions Command(params IReadOnlyList<string> arguments) => new()
    {
        FileName = DotnetPath,
        Arguments = [typeof(LabExecutable).Assembly.Location, .. arguments],
    };

    // <root>/shared/Microsoft.NETCore.App/<version>/ is the runtime's directory.
    private static string FindDotnet()
    {
        var host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));
        return File.Exists(host) ? host : "dotnet";
    }
}
