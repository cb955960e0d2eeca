using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.CommandLine;
using Json.Schema;
using Xunit;

namespace Gateway.Tests.Configuration.Schema;

/// <summary>The schema as <c>Gateway schema</c> prints it, and a validator of it that is not ours.</summary>
internal sealed class PrintedSchema
{
    private static readonly JsonDocumentOptions s_asTheGatewayReads = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
    private static readonly Lazy<Task<PrintedSchema>> s_shared = new(PrintAsync);

    private readonly JsonSchema _validator;

    private PrintedSchema(string text)
    {
        Text = text;
        Root = JsonNode.Parse(text)!.AsObject();
        _validator = ValidatorOf(Root);
    }

    public string Text { get; }

    public JsonObject Root { get; }

    /// <summary>Returns the schema, which is printed once for all tests.</summary>
    public static Task<PrintedSchema> GetAsync() => s_shared.Value;

    /// <summary>Makes a validator of a part of a schema that refers to nothing outside.</summary>
    public static JsonSchema ValidatorOf(JsonNode schema)
    {
        using var document = JsonDocument.Parse(schema.ToJsonString());
        return JsonSchema.Build(document.RootElement.Clone(), new BuildOptions { SchemaRegistry = new SchemaRegistry() });
    }

    /// <summary>Returns what the schema finds wrong with a configuration: the places as JSON pointers, each with a sentence.</summary>
    public IReadOnlyList<string> Judge(string json)
    {
        using var document = JsonDocument.Parse(json, s_asTheGatewayReads);
        var result = _validator.Evaluate(document.RootElement, new EvaluationOptions { OutputFormat = OutputFormat.List });
        string[] errors = [.. from detail in result.Details ?? [] from error in detail.Errors ?? new Dictionary<string, string>() select $"{detail.InstanceLocation}: {error.Value}"];
        return result.IsValid ? [] : errors.Length > 0 ? errors : ["refused"];
    }

    /// <summary>Returns what <c>check --json</c> finds wrong with a configuration: the paths.</summary>
    public static async Task<IReadOnlyList<(string Path, string Message)>> CheckAsync(string file)
    {
        await using var output = new StringWriter();
        await using var errors = new StringWriter();
        var code = await GatewayCommands.RunAsync(["check", "--json", file], output, errors);
        var report = JsonDocument.Parse(output.ToString()).RootElement;
        Assert.Equal(report.GetProperty("good").GetBoolean() ? 0 : 2, code);
        return [.. report.GetProperty("errors").EnumerateArray().Select(error => (error.GetProperty("path").GetString()!, error.GetProperty("message").GetString()!))];
    }

    private static async Task<PrintedSchema> PrintAsync()
    {
        await using var output = new StringWriter();
        await using var errors = new StringWriter();
        Assert.Equal(0, await GatewayCommands.RunAsync(["schema"], output, errors));
        Assert.Equal("", errors.ToString());
        return new PrintedSchema(output.ToString());
    }
}
