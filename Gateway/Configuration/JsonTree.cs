using System.IO.Hashing;
using System.Text.Json;

namespace Gateway.Configuration;

/// <summary>
/// The content of a JSON file, with the text of each part. The next reading takes over the parts whose text has not changed, so that a change of one
/// function in 10,000 costs no more than reading one.
/// </summary>
internal sealed class JsonTree(string source)
{
    private readonly Dictionary<ulong, Part> _parts = [];

    /// <summary>The file's name.</summary>
    public string Source { get; } = source;

    /// <summary>The root of the file's keys. It is frozen after the file was read.</summary>
    public ConfigurationNode Root { get; } = new("", source);

    /// <summary>Reads a JSON file.</summary>
    /// <param name="content">The bytes of the file, which must not change from now on.</param>
    /// <param name="source">The file's name.</param>
    /// <param name="before">The content of the file before, or null. Parts that say the same become the same nodes.</param>
    /// <exception cref="JsonException">The content is not JSON.</exception>
    /// <exception cref="FormatException">The content is not an object, or has a key twice.</exception>
    public static JsonTree Parse(byte[] content, string source, JsonTree? before = null) =>
        JsonTreeReader.Read(content, source, before?.Source == source ? before : null);

    /// <summary>Returns the node that was made of a member with the same text, or null if there is none.</summary>
    /// <param name="text">The member as it was written, including its name.</param>
    public ConfigurationNode? Find(ReadOnlySpan<byte> text) =>
        _parts.TryGetValue(XxHash3.HashToUInt64(text), out var part) && part.Text.Span.SequenceEqual(text) ? part.Node : null;

    /// <summary>Remembers a frozen node by the text of which it was made.</summary>
    public void Keep(ReadOnlyMemory<byte> text, ConfigurationNode node) => _parts.TryAdd(XxHash3.HashToUInt64(text.Span), new Part(text, node));

    private readonly record struct Part(ReadOnlyMemory<byte> Text, ConfigurationNode Node);
}
