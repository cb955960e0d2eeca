using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Gateway.Configuration;

/// <summary>
/// Reads JSON as ASP.NET Core's own JSON provider does, including comments, trailing commas and duplicate keys, but straight into a tree. The
/// framework's provider makes a path and an entry of a dictionary for every value, which is most of the cost of a large file.
/// </summary>
internal sealed class JsonTreeReader
{
    /// <summary>The depth of the parts that are taken over, such as <c>Gateway:Functions:hello</c> and <c>ReverseProxy:Routes:hello</c>.</summary>
    private const int PartDepth = 3;

    private static readonly JsonReaderOptions Options = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private readonly ReadOnlyMemory<byte> _content;
    private readonly JsonTree _tree;
    private readonly JsonTree? _before;
    private readonly List<string> _path = [];
    /// <summary>The first duplicate key. It is thrown at the end, because a syntax error is reported first, wherever it is.</summary>
    private FormatException? _duplicate;

    private JsonTreeReader(ReadOnlyMemory<byte> content, JsonTree tree, JsonTree? before) => (_content, _tree, _before) = (content, tree, before);

    /// <inheritdoc cref="JsonTree.Parse"/>
    public static JsonTree Read(byte[] content, string source, JsonTree? before)
    {
        var tree = new JsonTree(source);
        new JsonTreeReader(Utf8Of(content), tree, before).Read();
        tree.Root.Freeze();
        return tree;
    }

    private static ReadOnlyMemory<byte> Utf8Of(byte[] content)
    {
        if (Utf8.IsValid(content))
        {
            return content.AsMemory(content.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0);
        }

        // StreamReader knows the byte order marks of other encodings, and goes on after bytes that are not text.
        using var reader = new StreamReader(new MemoryStream(content, writable: false));
        return Encoding.UTF8.GetBytes(reader.ReadToEnd());
    }

    private void Read()
    {
        var reader = new Utf8JsonReader(_content.Span, Options);
        reader.Read();
        var kind = reader.TokenType;
        if (kind == JsonTokenType.StartObject)
        {
            Members(ref reader, _tree.Root, _before?.Root);
        }
        else
        {
            reader.Skip();
        }

        // This throws if more follows. A syntax error is reported before the others, wherever it is.
        reader.Read();
        if (kind != JsonTokenType.StartObject)
        {
            throw new FormatException($"Top-level JSON element must be an object. Instead, '{(kind == JsonTokenType.StartArray ? "Array" : kind.ToString())}' was found.");
        }

        if (_duplicate is not null)
        {
            throw _duplicate;
        }
    }

    /// <summary>Reads an object into a node.</summary>
    /// <returns>Returns false if the object is empty.</returns>
    private bool Members(ref Utf8JsonReader reader, ConfigurationNode node, ConfigurationNode? before)
    {
        var any = false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            any = true;
            var begin = (int)reader.TokenStartIndex;
            var name = reader.GetString()!;
            reader.Read();
            _path.Add(name);
            if (_path.Count == PartDepth && IsPart(ref reader, node, name))
            {
                node.Adopt(name, Part(ref reader, name, before?.Find(name), begin));
            }
            else
            {
                Visit(ref reader, node, name, before);
            }

            _path.RemoveAt(_path.Count - 1);
        }

        return any;
    }

    /// <summary>Reads an array into a node, whose children are named by their index.</summary>
    /// <returns>Returns false if the array is empty.</returns>
    private bool Items(ref Utf8JsonReader reader, ConfigurationNode node, ConfigurationNode? before)
    {
        var index = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var name = index.ToString(CultureInfo.InvariantCulture);
            _path.Add(name);
            Visit(ref reader, node, name, before);
            _path.RemoveAt(_path.Count - 1);
            index++;
        }

        return index > 0;
    }

    // A name may have colons in it, and is then a path of several nodes.
    private void Visit(ref Utf8JsonReader reader, ConfigurationNode parent, string name, ConfigurationNode? before) =>
        Value(ref reader, parent.Descend(name, _tree.Source), before?.Find(name));

    private void Value(ref Utf8JsonReader reader, ConfigurationNode node, ConfigurationNode? before)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                if (!Members(ref reader, node, before))
                {
                    node.Set(value: null, _tree.Source);
                }

                break;
            case JsonTokenType.StartArray:
                if (!Items(ref reader, node, before))
                {
                    node.Set("", _tree.Source);
                }

                break;
            default:
                if (node.Written)
                {
                    _duplicate ??= new FormatException($"A duplicate key '{string.Join(':', _path)}' was found.");
                }

                node.Set(TextOf(ref reader), _tree.Source);
                break;
        }
    }

    private static string? TextOf(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.True => bool.TrueString,
        JsonTokenType.False => bool.FalseString,
        JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
        _ => reader.GetString(),
    };

    // The second object of one key is merged into the first one, so it is not a part that could be taken over.
    private static bool IsPart(ref Utf8JsonReader reader, ConfigurationNode parent, string name) =>
        reader.TokenType == JsonTokenType.StartObject && !name.Contains(':', StringComparison.Ordinal) && parent.Find(name) is null;

    private ConfigurationNode Part(ref Utf8JsonReader reader, string name, ConfigurationNode? before, int begin)
    {
        var ahead = reader;
        ahead.Skip();
        var text = _content[begin..(int)ahead.BytesConsumed];
        var node = _before?.Find(text.Span);
        if (node is null)
        {
            node = new ConfigurationNode(name, _tree.Source);
            Value(ref reader, node, before: null);
            // The text has changed, but it may still say the same.
            node = before is not null && before.IsExactly(node) ? before : node;
            node.Freeze();
        }

        reader = ahead;
        _tree.Keep(text, node);
        return node;
    }
}
