using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Configuration;
using Gateway.Configuration.Schema;
using Gateway.Runtimes;

namespace Gateway.Lab.Reference;

/// <summary>docs/reference.md: what the readers ask for, what the tables say of it, and what the gateway says to the examples and mistakes of docs/reference.json.</summary>
internal static class ReferencePage
{
    public const string Command = "dotnet run -c Release --project Gateway.Lab -- reference";

    private static readonly JsonSerializerOptions s_asWritten = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The page's path in the source tree.</summary>
    public static string Path => SourceTree.Path("docs", "reference.md");

    /// <summary>Returns all keys, in the order of docs/reference.json.</summary>
    /// <exception cref="LabException">A key has no entry there, or an entry no key.</exception>
    public static IReadOnlyList<ReferenceRow> Rows()
    {
        var gateway = new KeyExplorer(root => ConfigurationReader.Ask(root, RuntimeModules.All)).Explore("Gateway");
        var file = ReferenceFile.Read(SourceTree.Path("docs", "reference.json"));
        var descriptions = KeyDescriptions.Read();
        return
        [
            .. Join(ReferenceKeys.OfGateway(gateway), file.Gateway, path => descriptions.Find($"Gateway:{path}"), ofFunction: false),
            .. Join(ReferenceKeys.OfFunction(gateway), file.Function, path => descriptions.Find($"Gateway:Functions:*:{path}"), ofFunction: true),
        ];
    }

    /// <summary>Returns the page's text.</summary>
    /// <exception cref="LabException">What is to be an example is refused or warned of, or what is to be a mistake is not told at its key with one sentence.</exception>
    public static async Task<string> WriteAsync(IReadOnlyList<ReferenceRow> rows)
    {
        using var folder = new ReferenceFolder();
        var wrong = new List<string>();
        var page = new StringBuilder(
            $"""
            # Every key

            <!-- Made by: {Command}. Examples and mistakes are docs/reference.json's, what a key does is said in the tables of configuration.md. -->

            For looking up: all that the gateway reads below `Gateway`, with its type, its default, an example, and a mistake that people make with the sentence that `Gateway check` says to it, as a start and a reload do.
            [configuration.md](configuration.md) explains them by topic. The sections beside `Gateway` have words of their own: [`Kestrel`](https://learn.microsoft.com/aspnet/core/fundamentals/servers/kestrel/endpoints)
            and [`Logging`](https://learn.microsoft.com/aspnet/core/fundamentals/logging/) are ASP.NET Core's, [`ReverseProxy`](https://learn.microsoft.com/aspnet/core/fundamentals/servers/yarp/config-files) is YARP's, and
            [policies.md](policies.md) has the keys of the policies.

            A time is written `hours:minutes:seconds`, with days and a point before it and parts of a second behind it where they are needed: `00:00:30`, `1.00:00:00`, `00:00:00.5`. Names of keys and words may be in any case; keys
            that nobody reads are refused. A key can be set on the command line or in the environment, too: `--Gateway:Restart:Drain=00:01:00`, `Gateway__Restart__Drain=00:01:00`.


            """);
        foreach (var group in rows.GroupBy(row => row.OfFunction))
        {
            page.Append(group.Key ? "## Keys of a function\n\nBelow `Gateway:Functions:NAME`. In the sentences the function is called `hello`.\n\n" : "## Keys of the gateway\n\nBelow `Gateway`.\n\n");
            foreach (var row in group)
            {
                // A key of the gateway and one of a function may have the same name, and each heading is a place to link to.
                var isTwice = row.OfFunction && rows.Any(other => !other.OfFunction && other.Path == row.Path);
                page.Append(CultureInfo.InvariantCulture, $"### `{row.Path}`{(isTwice ? " of a function" : "")}\n\n");
                await WriteAsync(page, row, folder, wrong);
            }
        }

        if (wrong.Count > 0)
        {
            throw new LabException(string.Join('\n', wrong));
        }

        return $"{page.ToString().TrimEnd()}\n";
    }

    private static async Task WriteAsync(StringBuilder page, ReferenceRow row, ReferenceFolder folder, List<string> wrong)
    {
        var (errors, warnings) = await folder.CheckAsync(row.Example);
        if (errors.Count + warnings.Count > 0)
        {
            wrong.Add($"{row.WholePath}: the example is no good one: {string.Join(' ', errors.Concat(warnings))}");
        }

        var (mistakes, _) = await folder.CheckAsync(row.Mistake);
        if (mistakes is not [var mistake] || !IsAt(mistake.Path, row.WholePath))
        {
            wrong.Add($"{row.WholePath}: the mistake has to be told there, with one sentence, and this is told: {(mistakes.Count == 0 ? "nothing" : string.Join(' ', mistakes))}");
            return;
        }

        if (row.Does is not { } does)
        {
            wrong.Add($"{row.WholePath} is in no table of docs/configuration.md, and has no \"does\" in docs/reference.json");
            return;
        }

        page.Append(CultureInfo.InvariantCulture, $"{KeyDescription.Capital(does).TrimEnd('.')}.\n\n")
            .Append(CultureInfo.InvariantCulture, $"- Type: {row.Entry.Type ?? ReferenceTypes.Of(row.Key.Shape)}{Whose(row)}\n")
            .Append(CultureInfo.InvariantCulture, $"- Default: {Default(row)}\n")
            .Append(CultureInfo.InvariantCulture, $"- Example: {Code(row.ExampleMembers)}\n")
            .Append(CultureInfo.InvariantCulture, $"- Mistake: {Code(row.MistakeMembers)}{(row.Entry.MistakeRuntime is { } runtime ? $" with `\"Runtime\": \"{runtime}\"`" : "")} is refused: *{Escape(mistake)}*\n\n");
    }

    private static IEnumerable<ReferenceRow> Join(IEnumerable<ReferenceKey> found, OrderedDictionary<string, ReferenceEntry> entries, Func<string, KeyDescription?> describe, bool ofFunction)
    {
        var wholes = entries.Where(pair => pair.Value.Type is not null).Select(pair => pair.Key).ToArray();
        var keys = found.Where(key => !wholes.Any(whole => key.Path.StartsWith($"{whole}:", StringComparison.Ordinal))).ToDictionary(key => key.Path, StringComparer.Ordinal);
        foreach (var whole in wholes.Where(whole => !keys.ContainsKey(whole)))
        {
            keys.Add(whole, new ReferenceKey(whole, new KeyShape(), []));
        }

        if (keys.Keys.Except(entries.Keys).ToArray() is { Length: > 0 } missing)
        {
            throw new LabException($"docs/reference.json needs an example and a mistake of {string.Join(", ", missing)}");
        }

        return entries.Select(pair => keys.TryGetValue(pair.Key, out var key)
            ? new ReferenceRow(key, pair.Value, describe(pair.Key), ofFunction)
            : throw new LabException($"docs/reference.json tells of {pair.Key}, which no reader asks for"));
    }

    /// <summary>Tells whether a mistake is told at the key, at something in it, or at the section that it is in.</summary>
    private static bool IsAt(string told, string key) =>
        told == key || told.StartsWith($"{key}:", StringComparison.Ordinal) || key.StartsWith($"{told}:", StringComparison.Ordinal);

    private static string Whose(ReferenceRow row) => row.Key.Runtimes is { Count: > 0 and < 3 } runtimes ? $"; {string.Join(" and ", runtimes)} only" : "";

    private static string Default(ReferenceRow row) => row switch
    {
        { DefaultValue: { } value } => $"`{value.ToJsonString(s_asWritten)}`",
        { DefaultWords: "needed" } => "none; it cannot be left out",
        { DefaultWords: { } words } => words,
        _ => "none",
    };

    private static string Code(JsonObject members) => $"`{Spaced(members)[2..^2]}`";

    // As people write it: a space inside of the braces, and behind colons and commas.
    private static string Spaced(JsonNode? node) => node switch
    {
        JsonObject { Count: > 0 } members => $"{{ {string.Join(", ", members.Select(pair => $"\"{pair.Key}\": {Spaced(pair.Value)}"))} }}",
        JsonArray items => $"[{string.Join(", ", items.Select(Spaced))}]",
        null => "null",
        _ => node.ToJsonString(s_asWritten),
    };

    // The sentence is running text, in which some signs mean something to Markdown.
    private static string Escape(Told mistake) => string.Concat(mistake.ToString().Select(c => c is '*' or '_' or '<' or '[' or ']' or '`' or '\\' ? $"\\{c}" : c.ToString()));
}
