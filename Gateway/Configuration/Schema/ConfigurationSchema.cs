using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Configuration.Schema;

/// <summary>The JSON schema (draft 2020-12) of all that a configuration may have, made of what the readers ask for.</summary>
internal static class ConfigurationSchema
{
    /// <summary>Letters such as + and &lt; stay as they are: the text is for files and terminals, not for pages.</summary>
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    /// <summary>Returns the schema as an indented text.</summary>
    /// <param name="runtimes">The runtimes that functions can run on.</param>
    public static string Print(IReadOnlyList<IRunReader> runtimes)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(text, Options))
        {
            Of(runtimes).WriteTo(writer);
        }

        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    /// <summary>Returns the schema.</summary>
    /// <param name="runtimes">The runtimes that functions can run on.</param>
    public static JsonObject Of(IReadOnlyList<IRunReader> runtimes)
    {
        var explorer = new KeyExplorer(root => ConfigurationReader.Ask(root, runtimes));
        var writer = new SchemaWriter(KeyDescriptions.Read());
        var properties = new JsonObject();
        foreach (var section in TopLevel.Sections.Append(LoggingReader.Section))
        {
            properties[section] = writer.Key(new KeyShape { Section = explorer.Explore(section) }, section);
        }

        foreach (var key in TopLevel.Foreign.Where(key => !properties.ContainsKey(key)))
        {
            properties[key] = Foreign(key);
        }

        return new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "Headstart: appsettings.json",
            ["description"] = "Printed by: Gateway schema",
            ["type"] = "object",
            ["properties"] = properties,
            ["additionalProperties"] = false,
        };
    }

    // What others read is not judged by the gateway, and so not by this schema either.
    private static JsonObject Foreign(string key) => key switch
    {
        "$schema" => new JsonObject { ["description"] = "The schema by which an editor judges this file.", ["type"] = "string" },
        _ => new JsonObject { ["description"] = key.EndsWith("_HOST", StringComparison.Ordinal) ? "Read where the engine's own section has no Endpoint." : "Read by ASP.NET Core." },
    };
}
