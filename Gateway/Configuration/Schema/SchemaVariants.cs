using System.Text.Json.Nodes;

namespace Gateway.Configuration.Schema;

/// <summary>
/// Writes the schema of an object in which one key's word decides about the others. What all words have in common, and all other keys, stand where editors
/// look for what can be written; a condition for each word takes away what that word does not have.
/// </summary>
internal static class SchemaVariants
{
    /// <summary>Adds the object's keywords to a schema.</summary>
    /// <param name="schema">The schema of the object.</param>
    /// <param name="discriminator">The key whose word decides.</param>
    /// <param name="variants">The object's schema for each word.</param>
    public static void Write(JsonObject schema, string discriminator, IReadOnlyList<(string Word, JsonObject Schema)> variants)
    {
        var properties = new JsonObject();
        var conditions = variants.Select(_ => new JsonObject()).ToArray();
        foreach (var name in variants.SelectMany(variant => Properties(variant.Schema).Select(pair => pair.Key)).Distinct(StringComparer.Ordinal))
        {
            var its = variants.Select(variant => Properties(variant.Schema)[name]).ToArray();
            var known = its.Where(one => one is not null).ToArray();
            var isSame = Array.TrueForAll(known, one => JsonNode.DeepEquals(one, known[0]));
            properties[name] = isSame ? known[0]!.DeepClone() : Description(known[0]!);
            for (var i = 0; i < its.Length; i++)
            {
                if (its[i] is not { } own)
                {
                    conditions[i][name] = false;
                }
                else if (!isSame)
                {
                    conditions[i][name] = own.DeepClone();
                }
            }
        }

        schema["properties"] = properties;
        if (variants.All(variant => variant.Schema["additionalProperties"] is JsonValue value && value.TryGetValue(out bool others) && !others))
        {
            schema["additionalProperties"] = false;
        }

        string[] common = [.. Required(variants[0].Schema).Where(key => variants.All(variant => Required(variant.Schema).Contains(key, StringComparer.Ordinal)))];
        schema["required"] = SchemaValues.Texts(common);
        schema["allOf"] = new JsonArray([.. variants.Select((variant, i) => Condition(discriminator, variant.Word, conditions[i], Required(variant.Schema).Except(common)))]);
    }

    private static JsonObject Condition(string discriminator, string word, JsonObject properties, IEnumerable<string> required) => new()
    {
        ["if"] = new JsonObject
        {
            ["properties"] = new JsonObject { [discriminator] = new JsonObject { ["const"] = word } },
            ["required"] = SchemaValues.Texts(discriminator),
        },
        ["then"] = new JsonObject { ["properties"] = properties, ["required"] = SchemaValues.Texts(required) },
    };

    private static JsonObject Description(JsonNode schema) =>
        schema["description"] is { } text ? new JsonObject { ["description"] = text.DeepClone() } : new JsonObject();

    private static JsonObject Properties(JsonObject schema) => (JsonObject)schema["properties"]!;

    private static IEnumerable<string> Required(JsonObject schema) => schema["required"] is JsonArray keys ? keys.Select(key => (string)key!) : [];
}
