using Gateway.Lab.Processes;

namespace Gateway.Lab.Programs;

/// <summary>A program that others have written, as an image: Debian's packages, as <c>scripts/debian-root</c> unpacks them, and the few files that belong to it.</summary>
/// <param name="Name">Its name, which is the image's too.</param>
/// <param name="Packages">Debian's packages.</param>
/// <param name="Port">The port that it listens on.</param>
/// <param name="Lines">The rest of the image, as lines of a Dockerfile.</param>
public sealed record RealProgram(string Name, IReadOnlyList<string> Packages, int Port, params IReadOnlyList<string> Lines)
{
    /// <summary>A text in its answer to <c>GET /</c>; null if it does not speak HTTP.</summary>
    public string? Answer { get; init; }

    /// <summary>What it ends with at its stop signal.</summary>
    public int ExitCode { get; init; }

    /// <summary>What is to be there besides the packages: a folder here, and the folder in the image to which its content goes.</summary>
    public Func<Task<IReadOnlyList<(string Source, string Target)>>> Files { get; init; } = () => Task.FromResult<IReadOnlyList<(string, string)>>([]);

    /// <summary>The image's name.</summary>
    public string Image => $"{Name}:1";

    /// <summary>Writes its root file system into an archive. The packages are unpacked once, and kept.</summary>
    /// <exception cref="LabException">The packages cannot be had, or the program not be built; holds what was written.</exception>
    public async Task PackAsync(string archive)
    {
        var root = SourceTree.Path("artifacts", "programs", Name);
        await ExecuteAsync(SourceTree.Path("scripts", "debian-root"), [root, .. Packages]);
        var whole = $"{root}.{Guid.NewGuid():N}";
        try
        {
            // Links cost nothing, and neither engine takes an archive that has a path twice.
            await ExecuteAsync("cp", "--archive", "--link", root, whole);
            foreach (var (source, target) in await Files())
            {
                var folder = Directory.CreateDirectory(Path.Combine(whole, target.TrimStart('/')));
                await ExecuteAsync("cp", "--recursive", "--no-target-directory", "--remove-destination", source, folder.FullName);
            }

            await ExecuteAsync("tar", "--create", "--numeric-owner", "--file", archive, "--directory", whole, ".");
        }
        finally
        {
            Directory.Delete(whole, recursive: true);
        }
    }

    private static async Task ExecuteAsync(string program, params IReadOnlyList<string> arguments) =>
        (await Command.ExecuteAsync(new LabProcessOptions { FileName = program, Arguments = arguments })).ThrowIfFailed();
}
