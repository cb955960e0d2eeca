using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Gateway.Lab.Reference;

/// <summary>What docs/reference.json has of a key.</summary>
internal sealed record ReferenceEntry
{
    /// <summary>A value that is accepted.</summary>
    public required JsonNode Example { get; init; }

    /// <summary>A value that people write and that is refused.</summary>
    public required JsonNode Mistake { get; init; }

    /// <summary>What the key does, where no table of docs/configuration.md says it.</summary>
    public string? Does { get; init; }

    /// <summary>What holds if the key is left out, where no table says it: a text is words, anything else a value.</summary>
    public JsonNode? Default { get; init; }

    /// <summary>What its value is, where others define that. The keys below it are theirs then, and have no entries.</summary>
    public string? Type { get; init; }

    /// <summary>The key that gets <see cref="Example"/> and <see cref="Mistake"/>, which are whole lists then; by default the key itself.</summary>
    public string? At { get; init; }

    /// <summary>Other keys of the same section that the example needs.</summary>
    public JsonObject? With { get; init; }

    /// <summary>Those that the mistake needs; by default the example's.</summary>
    public JsonObject? MistakeWith { get; init; }

    /// <summary>Keys of the function that the example must not have.</summary>
    public IReadOnlyList<string> Without { get; init; } = [];

    /// <summary>Sections beside <c>Gateway</c> that both need.</summary>
    public JsonObject? Beside { get; init; }

    /// <summary>The runtime of the mistake's function; by default the example's.</summary>
    public string? MistakeRuntime { get; init; }
}

/// <summary>docs/reference.json: an example and a typical mistake of each key, in the order in which the page tells of them.</summary>
internal sealed record ReferenceFile
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
    };

    /// <summary>The keys below <c>Gateway</c>.</summary>
    public required OrderedDictionary<string, ReferenceEntry> Gateway { get; init; }

    /// <summary>The keys of a function.</summary>
    public required OrderedDictionary<string, ReferenceEntry> Function { get; init; }

    public static ReferenceFile Read(string path) => JsonSerializer.Deserialize<ReferenceFile>(File.ReadAllText(path), s_options)!;
}
