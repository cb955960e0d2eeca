using System.Text.Json.Nodes;

namespace Gateway.Tests.Configuration.Schema;

/// <summary>A place of a configuration that the schema speaks of.</summary>
/// <param name="Path">The path of the key, with <c>*</c> for names and indices.</param>
/// <param name="Schema">What the schema says of its value.</param>
/// <param name="Embed">Makes the smallest configuration that has a value there and is otherwise right.</param>
internal sealed record SchemaKey(string Path, JsonObject Schema, Func<JsonNode?, JsonObject> Embed)
{
    /// <summary>The path as messages about the smallest configuration have it.</summary>
    public string WrittenPath => string.Join(':', Path.Split(':').Select((part, i) => part != SchemaKeys.Any ? part : IsList(i) ? "0" : SchemaKeys.Name));

    /// <summary>The places of indices among the segments of the path.</summary>
    public required IReadOnlySet<int> Lists { get; init; }

    private bool IsList(int segment) => Lists.Contains(segment);
}

/// <summary>Walks through a printed schema.</summary>
internal static class SchemaKeys
{
    public const string Any = "*";

    /// <summary>A name that may stand wherever the user chooses one.</summary>
    public const string Name = "hello";

    private static readonly IReadOnlySet<int> s_none = new HashSet<int>();

    /// <summary>Returns all keys of a schema, those of each variant of an object apart.</summary>
    public static IEnumerable<SchemaKey> Of(JsonObject root) => Below(new SchemaKey("", root, value => value!.AsObject()) { Lists = s_none });

    private static IEnumerable<SchemaKey> Below(SchemaKey place)
    {
        foreach (var (schema, given) in Alternatives(place.Schema))
        {
            foreach (var (name, own) in schema["properties"]?.AsObject() ?? [])
            {
                if (own is JsonObject key)
                {
                    foreach (var found in AndBelow(Child(place, name, key, value => With(schema, given, name, value))))
                    {
                        yield return found;
                    }
                }
            }

            if (schema["additionalProperties"] is JsonObject entry)
            {
                foreach (var found in AndBelow(Child(place, Any, entry, value => With(schema, given, Name, value))))
                {
                    yield return found;
                }
            }

            if (schema["items"] is JsonObject item)
            {
                var child = Child(place, Any, item, value => new JsonArray(value?.DeepClone()));
                foreach (var found in AndBelow(child with { Lists = place.Lists.Append(child.Path.Count(c => c == ':')).ToHashSet() }))
                {
                    yield return found;
                }
            }
        }
    }

    private static IEnumerable<SchemaKey> AndBelow(SchemaKey key) => Below(key).Prepend(key);

    private static SchemaKey Child(SchemaKey parent, string name, JsonObject schema, Func<JsonNode?, JsonNode> around)
    {
        var path = parent.Path.Length == 0 ? name : $"{parent.Path}:{name}";
        return new SchemaKey(path, schema, value => parent.Embed(around(value))) { Lists = parent.Lists };
    }

    /// <summary>Returns the schema itself; or for each word of a discriminator the schema that then holds, with the word's key.</summary>
    private static IEnumerable<(JsonObject Schema, (string Key, JsonNode Word)? Given)> Alternatives(JsonObject schema)
    {
        if (schema["anyOf"] is JsonArray any && any.Any(one => one!["properties"] is not null))
        {
            return [(any.First(one => one!["properties"] is not null)!.AsObject(), null)];
        }

        return schema["allOf"] is JsonArray conditions ? conditions.Select(condition => Variant(schema, condition!.AsObject())) : [(schema, null)];
    }

    private static (JsonObject, (string, JsonNode)?) Variant(JsonObject schema, JsonObject condition)
    {
        var (key, constant) = condition["if"]!["properties"]!.AsObject().First();
        var properties = schema["properties"]!.DeepClone().AsObject();
        foreach (var (name, own) in condition["then"]!["properties"]!.AsObject())
        {
            properties[name] = own!.DeepClone();
        }

        string[] required = [.. Strings(schema["required"]), .. Strings(condition["then"]!["required"])];
        return (new JsonObject { ["properties"] = properties, ["required"] = new JsonArray([.. required]) }, (key, constant!["const"]!));
    }

    /// <summary>Returns an object with a value at a key, and with what else it cannot be without.</summary>
    private static JsonObject With(JsonObject schema, (string Key, JsonNode Word)? given, string key, JsonNode? value)
    {
        var made = Smallest(schema);
        if (given is { } word)
        {
            made[word.Key] = word.Word.DeepClone();
        }

        // Of several keys of which one is enough the smallest object has the first.
        var others = Strings(schema["anyOf"]?[0]?["required"]).Concat(Strings(schema["then"]?["oneOf"]?[0]?["required"])).FirstOrDefault();
        if (others is not null && (schema["anyOf"] ?? schema["then"]!["oneOf"])!.AsArray().Any(one => Strings(one!["required"]).Contains(key, StringComparer.Ordinal)))
        {
            made.Remove(others);
        }

        made[key] = value?.DeepClone();
        return made;
    }

    private static JsonObject Smallest(JsonObject schema)
    {
        var made = new JsonObject();
        foreach (var key in Strings(schema["required"]).Concat(Strings(schema["anyOf"]?[0]?["required"])).Concat(Strings(schema["then"]?["oneOf"]?[0]?["required"])))
        {
            made[key] = Sample(schema["properties"]![key]!.AsObject());
        }

        return made;
    }

    /// <summary>Returns a value that the schema accepts.</summary>
    public static JsonNode? Sample(JsonObject schema)
    {
        if ((schema["enum"] ?? schema["anyOf"]?[0]?["enum"]) is JsonArray words)
        {
            return words[0]?.DeepClone();
        }

        if (schema["examples"] is JsonArray examples)
        {
            return examples[0]?.DeepClone();
        }

        if (schema["items"] is JsonObject item)
        {
            return new JsonArray(Sample(item));
        }

        if (schema["properties"] is not null || schema["additionalProperties"] is JsonObject)
        {
            var (own, given) = Alternatives(schema).First();
            var made = Smallest(own);
            if (given is { } word)
            {
                made[word.Key] = word.Word.DeepClone();
            }

            return made.Count == 0 && schema["additionalProperties"] is JsonObject entry ? new JsonObject { [Name] = Sample(entry) } : made;
        }

        var validator = PrintedSchema.ValidatorOf(schema);
        return SchemaCandidates.Good.FirstOrDefault(candidate => SchemaCandidates.Accepts(validator, candidate))?.DeepClone();
    }

    private static IEnumerable<string> Strings(JsonNode? array) => array is JsonArray all ? all.Select(one => (string)one!) : [];
}
