using System.Buffers;
using Gateway.Configuration;

namespace Gateway.Runtimes.Engines.Reading;

/// <summary>Checks the parts of a mount by what engines accept. Each method returns null, or what is wrong in one sentence.</summary>
internal static class VolumeRules
{
    // From docker run, --volume, and the docs on storage/bind-mounts and storage/volumes. z and Z are SELinux labels.
    private static readonly string[] Access = ["ro", "rw"];
    private static readonly string[] Labelling = ["z", "Z"];
    private static readonly string[] Propagation = ["private", "rprivate", "shared", "rshared", "slave", "rslave"];
    private static readonly string[][] Named = [Access, Labelling, ["nocopy"]];
    private static readonly string[][] Bind = [Access, Labelling, Propagation];

    // The mount options that the kernel knows for any file system, mount(8), and for tmpfs alone, tmpfs(5).
    private static readonly string[][] Tmpfs = [Access, ["exec", "noexec"], ["suid", "nosuid"], ["dev", "nodev"]];
    private static readonly string[] TmpfsValues = ["size", "mode", "uid", "gid", "nr_inodes"];
    private static readonly SearchValues<char> ValueLetters = SearchValues.Create("0123456789kmgtKMGT%");

    public static string? Source(VolumeKind kind, string source) => kind switch
    {
        VolumeKind.Bind when !source.StartsWith('/') =>
            $"{ReadContext.Quote(source)} is not an absolute path; write the whole path on the engine's machine.",
        VolumeKind.Bind when HasDots(source) =>
            $"{ReadContext.Quote(source)} has '..' in it; write the path that is meant.",
        VolumeKind.Named when source[0] is '.' or '~' || source.Contains('/', StringComparison.Ordinal) =>
            $"{ReadContext.Quote(source)} is a relative host path, which the engine's machine has no folder for; write the whole path there, or a volume's name without slashes.",

        // moby, daemon/names and volume/validate: RestrictedNamePattern requires at least two characters.
        VolumeKind.Named when source.Length < 2 || !Names.IsValid(source, 255) =>
            $"{ReadContext.Quote(source)} is not a volume's name; use 2 to 255 letters, digits, '.', '_' and '-', a letter or digit first.",
        _ => null,
    };

    public static string? Target(string target) =>
        !target.StartsWith('/') || HasDots(target) || target.Contains("//", StringComparison.Ordinal) || target.Contains(':', StringComparison.Ordinal)
            ? $"{ReadContext.Quote(target)} is not an absolute path in the container; write e.g. '/data'."
            : target.TrimEnd('/').Length == 0 ? "'/' is the container's whole file system; mount a folder below it." : null;

    public static string? Options(VolumeKind kind, string options)
    {
        if (options.Length == 0)
        {
            return null;
        }

        var groups = kind switch { VolumeKind.Tmpfs => Tmpfs, VolumeKind.Bind => Bind, _ => Named };
        var chosen = new HashSet<string>();
        foreach (var option in options.Split(','))
        {
            var group = Array.Find(groups, group => group.Contains(option, StringComparer.Ordinal));
            var value = kind == VolumeKind.Tmpfs && option.IndexOf('=', StringComparison.Ordinal) is > 0 and var at
                && TmpfsValues.Contains(option[..at], StringComparer.Ordinal) && at + 1 < option.Length && !option.AsSpan(at + 1).ContainsAnyExcept(ValueLetters)
                ? option[..at] : null;
            if (group is null && value is null)
            {
                var known = groups.SelectMany(words => words).Concat(kind == VolumeKind.Tmpfs ? TmpfsValues.Select(name => name + "=...") : []);
                return $"{ReadContext.Quote(option)} is not an option that can be had here; known for it: {string.Join(", ", known)}.";
            }

            if (!chosen.Add(value ?? group![0]))
            {
                return $"{ReadContext.Quote(options)} says two things where one can be; remove {ReadContext.Quote(option)} or what it contradicts.";
            }
        }

        return null;
    }

    private static bool HasDots(string path) => path.Split('/').Contains("..", StringComparer.Ordinal);
}
