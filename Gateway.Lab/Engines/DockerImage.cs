using System.Formats.Tar;
using System.Text.Json;

namespace Gateway.Lab.Engines;

/// <summary>
/// Makes images of local files: <c>POST /images/create?fromSrc=-</c> of the Engine API, which is docker import; of Podman's
/// own, since 4.3 forgets the tag in Docker's.
/// </summary>
internal static class DockerImage
{
    /// <exception cref="LabException">The engine refused; holds its answer.</exception>
    public static Task ImportAsync(
        HttpClient api, string name, IReadOnlyDictionary<string, string> files, IReadOnlyList<string> command, IReadOnlyList<string> more)
    {
        var colon = name.LastIndexOf(':');
        var (repository, tag) = colon < 0 ? (name, "latest") : (name[..colon], name[(colon + 1)..]);
        return PostAsync(api, $"images/create?fromSrc=-&repo={Uri.EscapeDataString(repository)}&tag={Uri.EscapeDataString(tag)}{Changes(command, more)}", name, files);
    }

    /// <exception cref="LabException">The engine refused; holds its answer.</exception>
    public static Task ImportToPodmanAsync(
        HttpClient api, string name, IReadOnlyDictionary<string, string> files, IReadOnlyList<string> command, IReadOnlyList<string> more) =>
        PostAsync(api, $"v4.0.0/libpod/images/import?reference={Uri.EscapeDataString(name)}{Changes(command, more)}", name, files);

    private static string Changes(IReadOnlyList<string> command, IReadOnlyList<string> more) =>
        string.Concat(more.Append($"CMD {JsonSerializer.Serialize(command)}").Select(line => $"&changes={Uri.EscapeDataString(line)}"));

    private static async Task PostAsync(HttpClient api, string uri, string name, IReadOnlyDictionary<string, string> files)
    {
        using var content = new ByteArrayContent(await PackAsync(files));
        content.Headers.ContentType = new("application/x-tar");
        using var response = await api.PostAsync(uri, content);
        var answer = await response.Content.ReadAsStringAsync();

        // Once it has begun to answer, the engine reports a failure inside the stream, with status 200.
        if (!response.IsSuccessStatusCode || answer.Contains("errorDetail", StringComparison.Ordinal))
        {
            throw new LabException($"The engine did not import image {name}: {answer.Trim()}");
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
}
