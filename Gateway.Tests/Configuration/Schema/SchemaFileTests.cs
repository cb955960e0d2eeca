using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gateway.Configuration.Schema;
using Gateway.Lab;
using Gateway.Tests.EndToEnd;
using Json.Schema;
using Xunit;

namespace Gateway.Tests.Configuration.Schema;

/// <summary>The schema that is committed, the examples that name it, and the pages that describe its keys.</summary>
public sealed partial class SchemaFileTests
{
    private const string FileName = "appsettings.schema.json";

    public static TheoryData<string> WholeFiles => ["appsettings.json", "deploy/appsettings.json", "deploy/gateway/appsettings.json", "samples/compose/appsettings.json", "README.md"];

    [Fact]
    public async Task Committed_IsWhatTheGatewayPrints()
    {
        var printed = await PrintedSchema.GetAsync();

        Assert.True(
            printed.Text == await File.ReadAllTextAsync(SourceTree.Path(FileName)),
            $"{FileName} is not what the readers know; print it again: dotnet run --project Gateway -- schema > {FileName}");
    }

    [Fact]
    public async Task Printed_IsASchemaOfDraft202012()
    {
        var printed = await PrintedSchema.GetAsync();
        using var document = JsonDocument.Parse(printed.Text);

        Assert.Equal("https://json-schema.org/draft/2020-12/schema", (string?)printed.Root["$schema"]);
        Assert.True(MetaSchemas.Draft202012.Evaluate(document.RootElement).IsValid);
    }

    [Theory]
    [MemberData(nameof(WholeFiles))]
    public async Task Examples_NameTheSchemaAndAreAccepted(string file)
    {
        var json = file.EndsWith(".md", StringComparison.Ordinal) ? Block().Match(await ReadAsync(file)).Value : await ReadAsync(file);
        var named = (string?)JsonNode.Parse(json, documentOptions: new() { CommentHandling = JsonCommentHandling.Skip })!["$schema"];

        Assert.Empty((await PrintedSchema.GetAsync()).Judge(json));
        Assert.NotNull(named);
        // The page's example is a file of the user's, beside which the schema is, and so is the package's when it is installed.
        Assert.Equal(SourceTree.Path(FileName), Path.GetFullPath(named, file == "deploy/appsettings.json" ? SourceTree.Root : Path.GetDirectoryName(SourceTree.Path(file))!));
    }

    [Fact]
    public void Examples_AreAllThatTheRepositoryHas()
    {
        var found = Directory.EnumerateFiles(SourceTree.Root, "appsettings*.json", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.Hidden })
            .Select(file => Path.GetRelativePath(SourceTree.Root, file))
            .Where(file => !file.Split('/').Any(part => part is "bin" or "obj" or "artifacts") && file != FileName);

        Assert.Equal(WholeFiles.Select(row => row.Data).Where(file => file.EndsWith(".json", StringComparison.Ordinal)).Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ExamplesOfThePolicies_AreAccepted()
    {
        var printed = await PrintedSchema.GetAsync();
        var examples = PolicyEdge.Examples().ToArray();

        Assert.True(examples.Length >= 7, "docs/policies.md has lost its examples");
        Assert.All(examples, example => Assert.Empty(printed.Judge(example.ToJsonString())));
    }

    [Fact]
    public async Task EachRowOfThePages_IsAKeyOfTheSchema()
    {
        var keys = SchemaKeys.Of((await PrintedSchema.GetAsync()).Root).Select(key => key.Path).ToHashSet(StringComparer.Ordinal);
        var rows = KeyDescriptions.Read().All;

        Assert.True(rows.Count > 150, "the tables are not found");
        Assert.All(rows, row => Assert.True(keys.Any(row.Describes), $"the pages tell of {row.Key}, which no reader asks for"));
    }

    [Fact]
    public async Task EachKeyOfTheGateway_IsDescribed_OrItsSectionIs()
    {
        var keys = SchemaKeys.Of((await PrintedSchema.GetAsync()).Root).Where(key => key.Path.StartsWith("Gateway:", StringComparison.Ordinal)).ToArray();
        var described = keys.Where(key => key.Schema["description"] is not null).Select(key => key.Path).ToHashSet(StringComparer.Ordinal);

        Assert.True(described.Count > 100, "the descriptions are not found");
        Assert.All(keys.Where(key => key.Schema["properties"] is null && (key.Schema["additionalProperties"] as JsonObject)?["properties"] is null), key => Assert.True(
            Upwards(key.Path).Any(described.Contains), $"{key.Path} is in no table of docs/configuration.md"));
    }

    [Fact]
    public async Task Start_OfAFileWithASchema_TakesIt()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("appsettings.json", Given.Process("\"Listen\": [\"http://127.0.0.9:82\"]", "\"$schema\": \"./appsettings.schema.json\""));

        Assert.Empty(await PrintedSchema.CheckAsync(directory.File("appsettings.json")));
    }

    private static IEnumerable<string> Upwards(string path)
    {
        for (var end = path.Length; end > 0; end = path.LastIndexOf(':', end - 1))
        {
            yield return path[..end];
        }
    }

    private static Task<string> ReadAsync(string file) => File.ReadAllTextAsync(SourceTree.Path(file));

    // The page's only block of JSON.
    [GeneratedRegex(@"(?<=\n```json\n)\{\n(?:.*\n)+?\}(?=\n```\n)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Block();
}
