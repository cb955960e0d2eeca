using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.CommandLine.Doctor;
using Gateway.CommandLine.Explain;
using Gateway.Configuration;

namespace Gateway.CommandLine;

/// <summary>What <c>check --json</c> prints.</summary>
/// <param name="File">The full path of the file that was judged.</param>
/// <param name="Good">Whether a start would take it.</param>
/// <param name="Functions">How many functions it has, if it is good.</param>
internal sealed record CheckReport(string File, bool Good, int Functions, IReadOnlyList<CheckEntry> Errors, IReadOnlyList<CheckEntry> Warnings)
{
    /// <summary>Returns the entries of mistakes or warnings.</summary>
    public static IReadOnlyList<CheckEntry> Entries(IEnumerable<ConfigurationError> errors) => [.. errors.Select(error => new CheckEntry(error.Path, error.Message))];

    public string ToJson() => JsonSerializer.Serialize(this, CommandJson.Default.CheckReport);
}

/// <summary>A mistake or a warning.</summary>
/// <param name="Path">The full path of the key, or <c>file.json:line</c>.</param>
/// <param name="Message">One sentence.</param>
internal sealed record CheckEntry(string Path, string Message);

/// <summary>The JSON that commands print themselves.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(CheckReport))]
[JsonSerializable(typeof(DoctorReport))]
[JsonSerializable(typeof(ExplainReport))]
internal sealed partial class CommandJson : JsonSerializerContext;
