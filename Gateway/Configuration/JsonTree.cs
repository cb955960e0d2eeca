using System.IO.Hashing;
using System.Text.Json;

namespace Gateway.Configuration;

/// <summary>
/// What a JSON file says, and which of its text says it: the next reading takes over the parts whose text has not changed,
/// so a change of one function in 10,000 costs one.
/// </summary>
internal sealed class JsonTree(string source)
{
    private readonly Dictionary<ulong, Part> _parts = [];

    /// <summary>The file's name.</summary>
    public string Source { get; } = source;

    /// <summary>All that it says; frozen once it is read.</summary>
    public ConfigurationNode Root { get; } = new("", source);

    /// <param name="content">The file. Not changed from here on.</param>
    /// <param name="source">Its name.</param>
    /// <param name="before">What it said before. Parts that say the same become the same nodes.</param>
    /// <exception cref="JsonException">It is not JSON.</exception>
    /// <exception cref="FormatException">It is no object, or has a key twice.</exception>
    public static JsonTree Parse(byte[] content, string source, JsonTree? before = null) =>
        JsonTreeReader.Read(content, source, before?.Source == source ? before : null);

    /// <summary>The node that was made of a member of the same text; null when there is none.</summary>
    /// <param name="text">The member as written, its name included.</param>
    public ConfigurationNode? Find(ReadOnlySpan<byte> text) =>
        _parts.TryGetValue(XxHash3.HashToUInt64(text), out var part) && part.Text.Span.SequenceEqual(text) ? part.Node : null;

    /// <summary>Remembers a frozen node by the text it was made of.</summary>
    public void Keep(ReadOnlyMemory<byte> text, ConfigurationNode node) => _parts.TryAdd(XxHash3.HashToUInt64(text.Span), new Part(text, node));

    private readonly record struct Part(ReadOnlyMemory<byte> Text, ConfigurationNode Node);
}
