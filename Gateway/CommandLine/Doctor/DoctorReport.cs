using System.Text.Json;
using Gateway.Model;

namespace Gateway.CommandLine.Doctor;

/// <summary>What <c>doctor</c> prints.</summary>
/// <param name="File">The full path of the configuration that was judged, or null if there is none.</param>
/// <param name="Good">Whether nothing is missing.</param>
/// <param name="Checks">What each check has found.</param>
internal sealed record DoctorReport(string? File, bool Good, IReadOnlyList<DoctorEntry> Checks)
{
    private const int StateWidth = 9;

    /// <summary>Makes the report of findings.</summary>
    public static DoctorReport Of(string? file, IReadOnlyList<Finding> findings) => new(
        file,
        findings.All(finding => finding.State != FindingState.Missing),
        [.. findings.Select(finding => new DoctorEntry(finding.State.ToString().ToLowerInvariant(), finding.Name, finding.Found, finding.Cost, finding.Mend))]);

    public string ToJson() => JsonSerializer.Serialize(this, CommandJson.Default.DoctorReport);

    /// <summary>Returns a line for each check, and two more, indented, for what is missing. What an engine says of itself is in them, so they move no cursor.</summary>
    public IEnumerable<string> Lines()
    {
        var width = Checks.Max(check => check.Name.Length) + 2;
        foreach (var check in Checks)
        {
            yield return TerminalText.OneLine($"{check.State.PadRight(StateWidth)}{check.Name.PadRight(width)}{check.Finding}");
            if (check.Cost is not null)
            {
                yield return TerminalText.OneLine($"{"",StateWidth}costs: {check.Cost}");
                yield return TerminalText.OneLine($"{"",StateWidth}mend:  {check.Mend}");
            }
        }
    }
}

/// <summary>What one check has found.</summary>
/// <param name="State"><c>ok</c>, <c>missing</c> or <c>note</c>.</param>
/// <param name="Name">What was looked at.</param>
/// <param name="Finding">One sentence without a full stop.</param>
/// <param name="Cost">What it costs that it is missing, else null.</param>
/// <param name="Mend">What mends it, else null.</param>
internal sealed record DoctorEntry(string State, string Name, string Finding, string? Cost, string? Mend);
