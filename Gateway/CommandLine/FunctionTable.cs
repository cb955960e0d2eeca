using System.Globalization;
using Gateway.Admin;
using Gateway.Telemetry;

namespace Gateway.CommandLine;

/// <summary>Makes the table of <c>ps</c> and <c>top</c>: a line for each function.</summary>
internal static class FunctionTable
{
    private const double MicrosecondsInMillisecond = 1000;

    /// <param name="functions">The functions, in the order of the lines.</param>
    /// <param name="coldStarts">The last cold start of each function that has had one.</param>
    /// <param name="width">The width of a line, in characters, or null for any.</param>
    public static IEnumerable<string> Lines(IReadOnlyList<FunctionView> functions, IReadOnlyList<ColdStartView> coldStarts, int? width)
    {
        var last = coldStarts.ToDictionary(cold => cold.Function, StringComparer.OrdinalIgnoreCase);
        var table = new TextTable("NAME", "STATE", "INSTANCES", "IN FLIGHT", "HIDDEN", "PENALTY", "WHY");
        foreach (var function in functions)
        {
            var cold = last.GetValueOrDefault(function.Name);
            table.Add(
                function.Name,
                function.State,
                Instances(function),
                function.InFlight.ToString(CultureInfo.InvariantCulture),
                cold is null ? "-" : Milliseconds(cold.Hidden),
                cold is null ? "-" : cold.Outcome == "Served" ? Milliseconds(cold.Penalty) : cold.Outcome.ToLowerInvariant(),
                function.Failure ?? function.Trust?.Reason ?? function.Rest?.Reason ?? "");
        }

        return table.Lines(width);
    }

    /// <summary>Returns the instances by their states, as in <c>2 Running, 1 Paused</c>.</summary>
    public static string Instances(FunctionView function) => function.Instances.Count == 0
        ? "-"
        : string.Join(", ", function.Instances.GroupBy(instance => instance.State, StringComparer.Ordinal).Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.Count()} {group.Key}")));

    private static string Milliseconds(long microseconds) => string.Create(CultureInfo.InvariantCulture, $"{microseconds / MicrosecondsInMillisecond:0.0} ms");
}
