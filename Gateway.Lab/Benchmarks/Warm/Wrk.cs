using System.Globalization;
using System.Text.RegularExpressions;

namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>wrk: HTTP/1.1 as fast as it goes, one request at a time on each connection.</summary>
internal static partial class Wrk
{
    /// <param name="seconds">It knows whole ones only.</param>
    public static string[] Arguments(string url, int connections, int seconds) => ["-t1", $"-c{connections}", $"-d{seconds}s", "--latency", url];

    /// <exception cref="LabException">It has no count, or counted failures.</exception>
    public static LoadResult Parse(string output)
    {
        var match = CountPattern().Match(output);
        if (!match.Success || output.Contains("Non-2xx", StringComparison.Ordinal) || output.Contains("Socket errors", StringComparison.Ordinal))
        {
            throw new LabException($"wrk did not get through: {output}");
        }

        return new LoadResult(long.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture), Seconds(match));
    }

    /// <summary>The time within which 99 of 100 requests were answered, in milliseconds.</summary>
    /// <exception cref="LabException">It is not there.</exception>
    public static double Percentile99(string output)
    {
        var match = Percentile99Pattern().Match(output);
        return match.Success ? Seconds(match) * 1000 : throw new LabException($"wrk told no response times: {output}");
    }

    private static double Seconds(Match match)
    {
        var time = double.Parse(match.Groups["time"].Value, CultureInfo.InvariantCulture);
        return match.Groups["unit"].Value switch { "us" => time / 1e6, "ms" => time / 1000, "m" => time * 60, _ => time };
    }

    [GeneratedRegex(@"(?<count>\d+) requests in (?<time>[\d.]+)(?<unit>us|ms|s|m),", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CountPattern();

    [GeneratedRegex(@"^\s+99%\s+(?<time>[\d.]+)(?<unit>us|ms|s|m)\s*$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Percentile99Pattern();
}
