using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Lab.Reports;

/// <summary>What a run measured: the one object of <c>--json</c> and of the results' file. Times are milliseconds.</summary>
/// <param name="Case">What was measured, which names the files: coldstart, warm, signal, scale and so on.</param>
/// <param name="Commit">Of the source tree that was measured; ends in <c>-dirty</c> when there were changes.</param>
/// <param name="Machine">What it was measured on, and with.</param>
/// <param name="Cells">Rows of the case's own kind.</param>
public sealed record BenchReport(string Case, string Commit, MachineReport Machine, IReadOnlyList<object> Cells)
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new MeasureConverter() },
    };

    /// <summary>How <c>./bench</c> was called for it, without what says how much is measured.</summary>
    [JsonIgnore]
    public string Command { get; init; } = Case;

    public string ToJson() => JsonSerializer.Serialize(this, s_json);

    /// <summary>Four significant digits beyond the point are more than any of it is worth.</summary>
    private sealed class MeasureConverter : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (!double.IsFinite(value))
            {
                // JSON has no such number, and no measurement should.
                throw new LabException("A measurement is not a number: nothing was counted in its cell");
            }

            writer.WriteNumberValue(Math.Abs(value) < 0.01 ? Math.Round(value, 7) : Math.Round(value, 4));
        }
    }
}
