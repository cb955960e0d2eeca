using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Configuration.Schema;

namespace Gateway.Lab.Reference;

/// <summary>A key with all that the page says of it, and the configurations by which that is judged.</summary>
/// <param name="Key">The key.</param>
/// <param name="Entry">Its example and its mistake.</param>
/// <param name="Description">Its row in a table of docs/configuration.md or docs/policies.md, or null.</param>
/// <param name="OfFunction">Whether it is a function's.</param>
internal sealed record ReferenceRow(ReferenceKey Key, ReferenceEntry Entry, KeyDescription? Description, bool OfFunction)
{
    private const string Hello = "hello", Process = "Process", Docker = "Docker";

    private const string WithContainer =
        $$"""{ {{Around}}, "Gateway": { "Functions": { "{{Hello}}": { "Runtime": "{{Docker}}", "Image": "hello:1" } } } }""";

    private const string WithProcess =
        $$"""{ {{Around}}, "Gateway": { "Functions": { "{{Hello}}": { "Runtime": "{{Process}}", "Command": ["./hello"] } } } }""";

    private const string Around =
        $$"""
        "Kestrel": {
          "Certificates": { "Default": { "Path": "{{ReferenceFolder.Certificate}}", "KeyPath": "{{ReferenceFolder.Key}}" } },
          "Endpoints": { "http": { "Url": "http://*:80" } }
        },
        "ReverseProxy": { "Routes": { "{{Hello}}": { "ClusterId": "{{Hello}}", "Match": { "Hosts": ["hello.example"] } } } }
        """;

    public string Path => Key.Path;

    /// <summary>The path from the top of a configuration whose function is called hello.</summary>
    public string WholePath => OfFunction ? $"Gateway:Functions:{Hello}:{Path}" : $"Gateway:{Path}";

    /// <summary>The section of <see cref="WholePath"/> that is a member of the example's and the mistake's object.</summary>
    private string At => Entry.At ?? Path;

    /// <summary>What the key does, in Markdown; null if nothing says it.</summary>
    public string? Does => Entry.Does ?? (Description is { Does.Length: > 0 } ? Description.Does : null);

    /// <summary>What holds if the key is left out, as a value; null if only words can say it.</summary>
    public JsonNode? DefaultValue => Entry.Default is { } written
        ? written.GetValueKind() == JsonValueKind.String ? null : written
        : Description is null ? null : DefaultValues.Parse(Description.Otherwise, Key.Shape.Scalar);

    /// <summary>The same in words, in Markdown; null if nothing says it.</summary>
    public string? DefaultWords => Entry.Default?.ToString() ?? (Description is { Otherwise.Length: > 0 } ? Description.Otherwise : null);

    /// <summary>What a user writes in the section for the example.</summary>
    public JsonObject ExampleMembers => Members(Entry.Example, Entry.With);

    /// <summary>What a user writes in the section for the mistake.</summary>
    public JsonObject MistakeMembers => Members(Entry.Mistake, Entry.MistakeWith ?? Entry.With);

    /// <summary>A configuration with the example.</summary>
    public JsonObject Example => Whole(ExampleMembers, Runtime, Entry.Without);

    /// <summary>A configuration with the mistake.</summary>
    public JsonObject Mistake => Whole(MistakeMembers, Entry.MistakeRuntime ?? Runtime);

    /// <summary>A configuration like the example's without the key, and one with the default in its place; null if there is no default that can be written.</summary>
    public (JsonObject Without, JsonObject Written)? Default => DefaultValue is { } value && Entry.At is null
        ? (Whole(Entry.With?.DeepClone().AsObject() ?? [], Runtime), Whole(Members(value, Entry.With), Runtime))
        : null;

    private string Runtime => Key.Runtimes is { Count: > 0 } runtimes && !runtimes.Contains(Docker) ? Process : Docker;

    private JsonObject Members(JsonNode value, JsonObject? with)
    {
        var members = Enumerable.Reverse(At.Split(':')).Aggregate(value.DeepClone(), static (inner, name) => new JsonObject { [name] = inner }).AsObject();
        var whole = with?.DeepClone().AsObject() ?? [];
        Merge(whole, members);
        return whole;
    }

    private JsonObject Whole(JsonObject members, string runtime, IReadOnlyList<string>? without = null)
    {
        var whole = JsonNode.Parse(runtime == Process ? WithProcess : WithContainer)!.AsObject();
        var function = whole["Gateway"]!["Functions"]![Hello]!.AsObject();
        foreach (var key in without ?? [])
        {
            function.Remove(key);
        }

        Merge(OfFunction ? function : whole["Gateway"]!.AsObject(), members);
        Merge(whole, Entry.Beside?.DeepClone().AsObject() ?? []);
        return whole;
    }

    private static void Merge(JsonObject into, JsonObject from)
    {
        foreach (var (name, value) in from.ToArray())
        {
            from.Remove(name);
            if (value is JsonObject inner && into[name] is JsonObject there)
            {
                Merge(there, inner);
            }
            else
            {
                into[name] = value;
            }
        }
    }
}
