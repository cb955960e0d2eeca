using System.Text.Json.Nodes;

namespace Gateway.Configuration.Schema;

/// <summary>Writes what the readers know as a JSON schema (draft 2020-12).</summary>
internal sealed class SchemaWriter(KeyDescriptions descriptions)
{
    /// <summary>The segment of a path that stands for any entry of a map or item of a list.</summary>
    public const string AnySegment = "*";

    private const string Type = "type";
    private const string Properties = "properties";
    private const string Required = "required";
    private const string AdditionalProperties = "additionalProperties";

    /// <summary>Returns the schema of a key's value.</summary>
    /// <param name="shape">What the value may be.</param>
    /// <param name="path">The path of the key, with <see cref="AnySegment"/> for names and indices.</param>
    /// <param name="mayBeNull">Whether the value may be left out by a null.</param>
    public JsonObject Key(KeyShape shape, string path, bool mayBeNull = true)
    {
        var schema = new JsonObject();
        if (Description(shape, path) is { } text)
        {
            schema["description"] = text;
        }

        var others = shape with { Scalar = null };
        if (shape.Scalar is WordForm && others != new KeyShape())
        {
            // An enumeration speaks of all types, so the others need a schema of their own.
            schema["anyOf"] = new JsonArray(SchemaValues.Of(shape.Scalar, mayBeNull: false), Key(others, path, mayBeNull));
            ((JsonObject)schema["anyOf"]![1]!).Remove("description");
            return schema;
        }

        if (shape.Scalar is { } scalar)
        {
            foreach (var (keyword, value) in SchemaValues.Of(scalar, mayBeNull))
            {
                schema[keyword] = value?.DeepClone();
            }
        }

        if (shape.Section is { } section)
        {
            Allow(schema, "object", mayBeNull);
            Section(schema, section, path);
        }

        if (shape.Entry is { } entry)
        {
            Allow(schema, "object", mayBeNull);
            if (shape.EntryNames is { } names)
            {
                schema["propertyNames"] = new JsonObject { ["pattern"] = names.Pattern };
            }

            schema[AdditionalProperties] = Key(entry, Below(path, AnySegment));
        }

        if (shape.Item is { } item)
        {
            Allow(schema, "array", mayBeNull);
            schema["items"] = Key(item, Below(path, AnySegment), mayBeNull: item.Scalar is null);
        }

        return schema;
    }

    private string? Description(KeyShape shape, string path)
    {
        var text = descriptions.Find(path)?.Text;
        return shape.Scalar is TimeForm time ? text is null ? SchemaValues.RangeOf(time) : $"{text} {SchemaValues.RangeOf(time)}" : text;
    }

    private void Section(JsonObject schema, SectionShape section, string path)
    {
        if (section.Discriminator is { } key)
        {
            SchemaVariants.Write(schema, key, [.. section.Variants.Select(variant => (variant.Word, Of(variant.Shape)))]);
            return;

            JsonObject Of(SectionShape shape)
            {
                var own = new JsonObject();
                Section(own, shape, path);
                return own;
            }
        }

        var properties = new JsonObject();
        foreach (var (name, shape) in section.Keys)
        {
            properties[name] = Key(shape, Below(path, name));
        }

        schema[Properties] = properties;
        if (section.Log.HasAnyTexts)
        {
            AnyTexts(schema, section.Log.AtLeastOne!);
        }
        else if (section.Log.IsClosed)
        {
            schema[AdditionalProperties] = false;
        }

        Needs(schema, section);
    }

    private static void Needs(JsonObject schema, SectionShape section)
    {
        string[] needed = [.. section.Keys.Select(pair => pair.Key).Where(section.Log.Needed.Contains)];
        if (needed.Length > 0)
        {
            schema[Required] = SchemaValues.Texts(needed);
        }

        if (section.Log.AtLeastOne is { } some)
        {
            schema["anyOf"] = Each(some);
        }

        if (section.Log.ExactlyOne is { } one)
        {
            // A null has none of them, and is not meant.
            schema["if"] = new JsonObject { [Type] = "object" };
            schema["then"] = new JsonObject { ["oneOf"] = Each(one) };
        }

        static JsonArray Each(IEnumerable<string> keys) => new([.. keys.Select(key => new JsonObject { [Required] = SchemaValues.Texts(key) })]);
    }

    private static void AnyTexts(JsonObject schema, IEnumerable<string> leading)
    {
        foreach (var name in leading)
        {
            schema[Properties]![name] = SchemaValues.Of(new TextForm(null), mayBeNull: false);
        }

        schema[AdditionalProperties] = SchemaValues.Of(new TextForm(null), mayBeNull: false);
    }

    private static void Allow(JsonObject schema, string type, bool mayBeNull)
    {
        if (schema[Type] is not JsonArray types)
        {
            types = mayBeNull ? SchemaValues.Texts("null") : [];
            schema[Type] = types;
        }

        types.Insert(mayBeNull ? types.Count - 1 : types.Count, type);
    }

    private static string Below(string path, string name) => ConfigurationPath.Combine(path, name);
}
