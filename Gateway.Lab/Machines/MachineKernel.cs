using Gateway.Lab.Processes;

namespace Gateway.Lab.Machines;

/// <summary>A Linux that Debian packages for virtual machines.</summary>
/// <param name="Suite">The Debian suite it comes from, for example <c>bookworm-backports</c>.</param>
/// <param name="Version">As <c>uname -r</c> says it.</param>
/// <param name="Directory">Where scripts/kernel has unpacked it.</param>
public sealed record MachineKernel(string Suite, string Version, string Directory)
{
    /// <summary>The suites whose kernels the gateway is tried on, oldest first: Debian 12's own, the newest built for it, and Debian 13's.</summary>
    public static IReadOnlyList<string> Suites { get; } = ["bookworm", "bookworm-backports", "trixie"];

    /// <summary>The suite's newest. It is downloaded when there is none here or it is older than a week.</summary>
    /// <exception cref="LabException">It cannot be had; holds what scripts/kernel wrote.</exception>
    public static async Task<MachineKernel> GetAsync(string suite, CancellationToken cancellationToken = default)
    {
        var get = new LabProcessOptions { FileName = SourceTree.Path("scripts", "kernel"), Arguments = [suite] };
        var directory = (await Command.ExecuteAsync(get, cancellationToken: cancellationToken)).ThrowIfFailed().Output.Trim();
        var modules = System.IO.Directory.GetDirectories(Path.Combine(directory, "lib", "modules"));
        return new MachineKernel(suite, Path.GetFileName(modules[0]), directory);
    }
}
