using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace Gateway.Tests.Configuration.Schema;

/// <summary>Values of all kinds that can be put at any key.</summary>
internal static class SchemaCandidates
{
    /// <summary>Values that one or another key takes, the most usual ones first.</summary>
    public static readonly IReadOnlyList<JsonNode?> Good = Parse(
        "\"x\"", "1", "true", "100", "20000", "70000", "0.5", "408", "\"00:00:05\"", "\"00:00:00\"", "\"01:00:00\"", "\"256MiB\"", "\"0123456789abcdef0123456789abcdef\"",
        "\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\"", "{ \"hello\": \"x\" }", "[ \"x\" ]", "[ { \"a\": \"b\" } ]");

    /// <summary>Values that are wrong at most keys. No key's name begins like theirs.</summary>
    public static readonly IReadOnlyList<JsonNode?> Doubtful = Parse(
        "\"zzz\"", "\"zzz zzz\"", "\"zzz://zzz\"", "\"99:99:99\"", "\"24:00:00\"", "\"30\"", "\"-1\"", "\"+5\"", "\" TRUE \"", "\"True\"", "\"1e3\"", "\"0x10\"", "\".5\"", "\"5.\"", "\"/\"", "\"/a b\"",
        "\"http://*\"", "\"http://*:80/a\"", "\"http://a.example:80\"", "\"10.0.0.0/99\"", "\"::1\"", "\"1 KiB \"", "\"-1MiB\"", "\"*\"", "\"a,b\"", "\"a:b\"", "\"a:b:c\"",
        "true", "false", "0", "-1", "1", "1.5", "1e3", "65536", "4294967296", "1e18", "{ \"zzz\": \"x\" }", "{ \"zzz\": { \"zzz\": 1 } }", "[ \"zzz\" ]", "[ 5 ]", "[ null ]", "[ \"zzz zzz\", \"/zzz\" ]", "[ { \"zzz\": 1 } ]", "[ [ 1 ] ]");

    public static bool Accepts(JsonSchema validator, JsonNode? value)
    {
        using var document = JsonDocument.Parse(value?.ToJsonString() ?? "null");
        return validator.Evaluate(document.RootElement).IsValid;
    }

    private static JsonNode?[] Parse(params IEnumerable<string> texts) => [.. texts.Select(text => JsonNode.Parse(text))];
}
