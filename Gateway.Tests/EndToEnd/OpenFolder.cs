namespace Gateway.Tests.EndToEnd;

/// <summary>A folder in which every function may read and write, each of which is a user of its own.</summary>
internal sealed class OpenFolder : IDisposable
{
    private const UnixFileMode Everybody = (UnixFileMode)0b111_111_111;

    private readonly string _path = Directory.CreateTempSubdirectory("headstart-open-").FullName;

    public OpenFolder() => File.SetUnixFileMode(_path, Everybody);

    /// <summary>Makes an empty file, and returns its path.</summary>
    public string Add(string name)
    {
        var file = Path.Combine(_path, name);
        File.WriteAllText(file, "");
        File.SetUnixFileMode(file, Everybody);
        return file;
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
