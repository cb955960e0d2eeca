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

    /// <summary>Its version: of the first of its packages if there is none of its own. It is known when the program has been packed.</summary>
    public string Version
    {
        get => field ?? PackageVersion();
        init;
    }

    /// <summary>The image's name.</summary>
    public string Image => $"{Name}:1";

    /// <summary>Writes its root file system into an archive. The packages are unpacked once, and kept.</summary>
    /// <exception cref="LabException">The packages cannot be had, or the program cannot be built; the message holds what was written.</exception>
    public async Task PackAsync(string archive)
    {
        await ExecuteAsync(SourceTree.Path("scripts", "debian-root"), [Root, .. Packages]);
        var whole = $"{Root}.{Guid.NewGuid():N}";
        try
        {
            // Links cost nothing, and neither engine takes an archive that has a path twice.
            await ExecuteAsync("cp", "--archive", "--link", Root, whole);
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

    // A file is NAME_VERSION_ARCHITECTURE.deb; a colon in a version is written as %3a.
    private string PackageVersion() => File.ReadLines(Root + ".packages").Select(file => file.Split('_')).Single(parts => parts[0] == Packages[0])[1].Replace("%3a", ":", StringComparison.Ordinal);

    private string Root => SourceTree.Path("artifacts", "programs", Name);

    private static async Task ExecuteAsync(string program, params IReadOnlyList<string> arguments) =>
        (await Command.ExecuteAsync(new LabProcessOptions { FileName = program, Arguments = arguments })).ThrowIfFailed();
}
