using System.Text.Json.Nodes;
using Gateway.Configuration;
using Gateway.Configuration.Schema;
using Gateway.Runtimes;
using Gateway.Tests.Runtimes.Dummy;
using Xunit;

namespace Gateway.Tests.Configuration.Schema;

/// <summary>
/// For each key that the schema knows: what it refuses there the readers refuse too, and what it accepts they know. The readers are asked as
/// <c>check</c> asks them, but for the machine.
/// </summary>
[SideBySide]
public sealed class SchemaDriftTests
{
    private const int FewestKeys = 500;

    /// <summary>Of how many values a key is tried with one, if another key of the same form has been tried with all. Long runs try all.</summary>
    private static readonly int Sparse = LongRun.IsOn ? 1 : 6;

    [Fact]
    public async Task EachKey_OfAValueThatTheSchemaRefuses_IsRefusedThereByCheck()
    {
        var (keys, refused) = (0, 0);
        var differences = new List<string>();
        var forms = new HashSet<string>();
        foreach (var key in Keys(await PrintedSchema.GetAsync()).DistinctBy(key => (key.Path, key.Schema.ToJsonString())))
        {
            keys++;
            var validator = PrintedSchema.ValidatorOf(key.Schema);
            var before = refused;
            var every = forms.Add(FormOf(key.Schema)) ? 1 : Sparse;
            foreach (var value in SchemaCandidates.Doubtful.Where(value => !SchemaCandidates.Accepts(validator, value)).Where((_, i) => (i + keys) % every == 0))
            {
                refused++;
                var json = key.Embed(value).ToJsonString();
                if (!Given.Errors(json).Any(error => IsAt(error.Path, key.WrittenPath)))
                {
                    differences.Add($"{key.Path}: the schema refuses {value?.ToJsonString()}, and check takes it: {json}");
                }
            }

            Assert.True(refused > before || every > 1, $"{key.Path} takes anything by the schema");
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
        Assert.InRange(keys, FewestKeys, int.MaxValue);
        TestContext.Current.SendDiagnosticMessage($"{keys} keys, {refused} values that the schema refuses");
    }

    [Fact]
    public async Task EachKey_OfAValueThatTheSchemaAccepts_IsKnownToCheck()
    {
        var differences = new List<string>();
        var met = new HashSet<(string, string)>();
        foreach (var key in Keys(await PrintedSchema.GetAsync()))
        {
            var validator = PrintedSchema.ValidatorOf(key.Schema);
            var sample = SchemaKeys.Sample(key.Schema);
            Assert.True(SchemaCandidates.Accepts(validator, sample), $"{key.Path}: {sample?.ToJsonString()} is no sample");
            // The same key of another runtime gets the sample alone.
            var more = met.Add((key.Path, key.Schema.ToJsonString())) ? SchemaCandidates.Doubtful.Where(value => SchemaCandidates.Accepts(validator, value)) : [];
            foreach (var value in more.Prepend(sample))
            {
                var json = key.Embed(value).ToJsonString();
                differences.AddRange(Given.Errors(json)
                    .Where(error => error.Message.StartsWith("unknown", StringComparison.Ordinal) && error.Path == key.WrittenPath)
                    .Select(error => $"{error}: {json}"));
            }
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    [Fact]
    public async Task EachName_ThatTheSchemaRefuses_IsRefusedByCheck()
    {
        var refused = 0;
        foreach (var key in Keys(await PrintedSchema.GetAsync()).Where(key => key.Schema["propertyNames"] is not null))
        {
            var validator = PrintedSchema.ValidatorOf(key.Schema);
            foreach (var name in (string[])["a b", "-a", "*", "*.a", "a=b", "a/b", " ", new string('a', 64)])
            {
                var value = new JsonObject { [name] = SchemaKeys.Sample(key.Schema["additionalProperties"]!.AsObject()) };
                if (!SchemaCandidates.Accepts(validator, value))
                {
                    refused++;
                    var json = key.Embed(value).ToJsonString();
                    Assert.True(Given.Errors(json).Any(error => IsAt(error.Path, key.WrittenPath)), $"{key.Path}: the schema refuses the name '{name}', and check takes it: {json}");
                }
            }
        }

        Assert.InRange(refused, 10, int.MaxValue);
    }

    [Fact]
    public async Task EachExample_OfTheSchema_IsTakenByCheck()
    {
        var examples = 0;
        foreach (var key in Keys(await PrintedSchema.GetAsync()))
        {
            foreach (var example in key.Schema["examples"]?.AsArray() ?? [])
            {
                examples++;
                var json = key.Embed(example).ToJsonString();
                Assert.DoesNotContain(Given.Errors(json), error => error.Path == key.WrittenPath && !DependsOnMore(error));
            }
        }

        Assert.InRange(examples, 50, int.MaxValue);
    }

    [Theory]
    [MemberData(nameof(BrokenConfigurations.All), MemberType = typeof(BrokenConfigurations))]
    public async Task WhateverAReaderAsksFor_IsInTheSchema(string json)
    {
        var patterns = SchemaKeys.Of((await PrintedSchema.GetAsync()).Root).Select(key => key.Path.Split(':')).ToLookup(pattern => pattern.Length);
        var log = ConfigurationReader.Ask(ConfigurationTree.Of(Given.Json(json)), RuntimeModules.All);

        foreach (var (section, asked) in log.Sections)
        {
            foreach (var path in asked.Keys.Select(key => $"{section}:{key}".Split(':')))
            {
                Assert.True(
                    patterns[path.Length].Any(pattern => pattern.Zip(path).All(pair => pair.First == SchemaKeys.Any || pair.First.Equals(pair.Second, StringComparison.OrdinalIgnoreCase))),
                    $"a reader asks for {string.Join(':', path)}, which the schema does not know");
            }
        }
    }

    [Fact]
    public void KeysOfARuntimeThatIsNew_AreFoundByThemselves()
    {
        var schema = ConfigurationSchema.Of([.. RuntimeModules.All, new DummyModule()]);
        var function = schema["properties"]!["Gateway"]!["properties"]!["Functions"]!["additionalProperties"]!;

        Assert.NotNull(function["properties"]!["Word"]);
        Assert.Equal(["Process", "Docker", "Podman", "Dummy"], function["allOf"]!.AsArray().Select(condition => (string?)condition!["if"]!["properties"]!["Runtime"]!["const"]));
        Assert.False((bool)function["allOf"]![0]!["then"]!["properties"]!["Word"]!);
        Assert.NotNull(schema["properties"]!["Gateway"]!["properties"]!["Dummy"]!["properties"]!["Mark"]);
    }

    // What others read is not judged by anybody here.
    private static IEnumerable<SchemaKey> Keys(PrintedSchema schema) => SchemaKeys.Of(schema.Root).Where(key => key.Path.Contains(':', StringComparison.Ordinal) || !TopLevel.Foreign.Contains(key.Path));

    // What it says besides what it takes does not matter here.
    private static string FormOf(JsonObject schema)
    {
        var form = schema.DeepClone().AsObject();
        foreach (var word in (string[])["description", "default", "examples", "title"])
        {
            form.Remove(word);
        }

        return form.ToJsonString();
    }

    // A volume is judged as a whole, at its item.
    private static bool IsAt(string path, string key) =>
        path.Equals(key, StringComparison.OrdinalIgnoreCase) || path.StartsWith(key + ":", StringComparison.OrdinalIgnoreCase)
        || (path.EndsWith(":Volumes:0", StringComparison.Ordinal) && key == $"{path}:Target");

    // An example may need another key that the smallest configuration does not have.
    private static bool DependsOnMore(ConfigurationError error) =>
        error.Message.StartsWith("HTTP/3 needs", StringComparison.Ordinal) || error.Message.Contains("means nothing for the Type", StringComparison.Ordinal) || error.Message.Contains("there is no", StringComparison.Ordinal) || error.Message.Contains("nobody can tell", StringComparison.Ordinal) || error.Message.Contains("no certificate", StringComparison.Ordinal);
}
