using System.Globalization;
using System.Text.Json;

namespace Gateway.Configuration;

/// <summary>
/// Reads JSON as ASP.NET Core's own JSON provider does, comments, trailing commas and duplicate keys included, but straight into a
/// tree: that one makes a path and an entry of a dictionary for every value, which is most of a large file's cost.
/// </summary>
internal sealed class JsonTree
{
    private static readonly JsonDocumentOptions Options = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private readonly string _source;
    private readonly List<string> _path = [];

    private JsonTree(string source) => _source = source;

    /// <returns>The tree, frozen.</returns>
    /// <exception cref="JsonException">It is not JSON.</exception>
    /// <exception cref="FormatException">It is no object, or has a key twice.</exception>
    public static ConfigurationNode Parse(byte[] content, string source)
    {
        // A reader, for it knows byte order marks.
        using var reader = new StreamReader(new MemoryStream(content, writable: false));
        using var document = JsonDocument.Parse(reader.ReadToEnd(), Options);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($"Top-level JSON element must be an object. Instead, '{document.RootElement.ValueKind}' was found.");
        }

        var root = new ConfigurationNode("", source);
        new JsonTree(source).Members(root, document.RootElement);
        root.Freeze();
        return root;
    }

    private bool Members(ConfigurationNode node, JsonElement element)
    {
        var any = false;
        foreach (var member in element.EnumerateObject())
        {
            any = true;
            Visit(node, member.Name, member.Value);
        }

        return any;
    }

    private bool Items(ConfigurationNode node, JsonElement element)
    {
        var index = 0;
        foreach (var item in element.EnumerateArray())
        {
            Visit(node, index.ToString(CultureInfo.InvariantCulture), item);
            index++;
        }

        return index > 0;
    }

    private void Visit(ConfigurationNode parent, string name, JsonElement element)
    {
        // A name may hold the separator.
        var node = parent.Descend(name, _source);
        _path.Add(name);
        switch (element.ValueKind)
        {
            case JsonValueKind.Object when Members(node, element):
            case JsonValueKind.Array when Items(node, element):
                break;
            case JsonValueKind.Object:
                node.Set(value: null, _source);
                break;
            case JsonValueKind.Array:
                node.Set("", _source);
                break;
            default:
                Value(node, element);
                break;
        }

        _path.RemoveAt(_path.Count - 1);
    }

    private void Value(ConfigurationNode node, JsonElement element)
    {
        if (node.Written)
        {
            throw new FormatException($"A duplicate key '{string.Join(':', _path)}' was found.");
        }

        node.Set(element.ValueKind == JsonValueKind.Null ? null : element.ToString(), _source);
    }
}
