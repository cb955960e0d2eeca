using System.Formats.Tar;
using System.Text;
using System.Text.Json;

namespace Gateway.Lab.Engines;

/// <summary>
/// Makes images of local files: <c>POST /images/create?fromSrc=-</c> of the Engine API, which is docker import; of Podman's
/// own, since 4.3 forgets the tag in Docker's.
/// </summary>
internal static class DockerImage
{
    /// <exception cref="LabException">The engine refused; holds its answer.</exception>
    public static async Task ImportAsync(
        HttpClient api, string name, IReadOnlyDictionary<string, string> files, IReadOnlyList<string> command, IReadOnlyList<string> more)
    {
        using var content = new ByteArrayContent(await PackAsync(files));
        await PostAsync(api, ToDocker(name, [.. more, Command(command)]), name, content);
    }

    /// <inheritdoc cref="ImportAsync"/>
    /// <param name="archive">The path of a tar archive with the root file system.</param>
    /// <param name="lines">The rest of the image, as lines of a Dockerfile.</param>
    public static async Task ImportArchiveAsync(HttpClient api, string name, string archive, IReadOnlyList<string> lines)
    {
        using (var content = new StreamContent(File.OpenRead(archive)))
        {
            await PostAsync(api, ToDocker(name, []), name, content);
        }

        // An import takes only some kinds of lines, a build all of them.
        using var dockerfile = new ByteArrayContent(await PackAsync("Dockerfile", string.Join('\n', lines.Prepend($"FROM {name}"))));
        await PostAsync(api, $"build?t={Uri.EscapeDataString(name)}", name, dockerfile);
    }

    /// <exception cref="LabException">The engine refused; holds its answer.</exception>
    public static async Task ImportToPodmanAsync(
        HttpClient api, string name, IReadOnlyDictionary<string, string> files, IReadOnlyList<string> command, IReadOnlyList<string> more)
    {
        using var content = new ByteArrayContent(await PackAsync(files));
        await PostAsync(api, ToPodman(name, [.. more, Command(command)]), name, content);
    }

    /// <inheritdoc cref="ImportArchiveAsync"/>
    public static async Task ImportArchiveToPodmanAsync(HttpClient api, string name, string archive, IReadOnlyList<string> lines)
    {
        using var content = new StreamContent(File.OpenRead(archive));
        await PostAsync(api, ToPodman(name, lines), name, content);
    }

    private static string ToDocker(string name, IReadOnlyList<string> lines)
    {
        var colon = name.LastIndexOf(':');
        var (repository, tag) = colon < 0 ? (name, "latest") : (name[..colon], name[(colon + 1)..]);
        return $"images/create?fromSrc=-&repo={Uri.EscapeDataString(repository)}&tag={Uri.EscapeDataString(tag)}{Changes(lines)}";
    }

    private static string ToPodman(string name, IReadOnlyList<string> lines) => $"v4.0.0/libpod/images/import?reference={Uri.EscapeDataString(name)}{Changes(lines)}";

    private static string Command(IReadOnlyList<string> command) => $"CMD {JsonSerializer.Serialize(command)}";

    private static string Changes(IReadOnlyList<string> lines) => string.Concat(lines.Select(line => $"&changes={Uri.EscapeDataString(line)}"));

    private static async Task PostAsync(HttpClient api, string uri, string name, HttpContent content)
    {
        content.Headers.ContentType = new("application/x-tar");
        using var response = await api.PostAsync(uri, content);
        var answer = await response.Content.ReadAsStringAsync();

        // Once it has begun to answer, the engine reports a failure inside the stream, with status 200.
        if (!response.IsSuccessStatusCode || answer.Contains("errorDetail", StringComparison.Ordinal))
        {
            throw new LabException($"The engine did not make image {name}: {answer.Trim()}");
        }
    }

    private static async Task<byte[]> PackAsync(IReadOnlyDictionary<string, string> files)
    {
        using var archive = new MemoryStream();
        await using (var writer = new TarWriter(archive, leaveOpen: true))
        {
            foreach (var (path, source) in files)
            {
                await writer.WriteEntryAsync(source, path.TrimStart('/'));
            }
        }

        return archive.ToArray();
    }

    private static async Task<byte[]> PackAsync(string path, string text)
    {
        using var archive = new MemoryStream();
        await using (var writer = new TarWriter(archive, leaveOpen: true))
        {
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, path) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
        }

        return archive.ToArray();
    }
}
