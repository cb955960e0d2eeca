using System.Globalization;
using System.Text.RegularExpressions;

namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>h2load: HTTP/2 as fast as it goes, and both protocols at a fixed rate or one request after the other.</summary>
internal static partial class H2Load
{
    private static readonly string[] s_http1 = ["--h1"];

    /// <param name="streams">Requests under way on each connection.</param>
    public static string[] Saturating(WarmCase @case, string url, int connections, int streams, int seconds) =>
        [.. Protocol(@case), $"-c{connections}", $"-m{streams}", $"-D{seconds}", url];

    /// <summary>Requests go out at their time whether or not earlier ones have come back, as long as a stream is free.</summary>
    /// <param name="perSecond">Over all connections; a multiple of 1,000 that shares no divisor with <paramref name="connections"/>.</param>
    /// <param name="log">File for a line a request.</param>
    public static string[] Paced(WarmCase @case, string url, int connections, int perSecond, int requests, string log) =>
    [
        .. Protocol(@case), $"-c{connections}", $"-m{(@case.IsHttp2 ? 8 : 1)}", $"-n{requests}", $"--log-file={log}",
        string.Create(CultureInfo.InvariantCulture, $"--rps={(double)perSecond / connections:0.####}"),
        // A connection a millisecond, so that their beats fall between one another: begun at once they would all send at once.
        "-r1", "--rate-period=1ms", url,
    ];

    /// <summary>One connection, and on it one request after the other.</summary>
    public static string[] Sequential(WarmCase @case, string url, int requests, string log) =>
        [.. Protocol(@case), "-c1", "-m1", $"-n{requests}", $"--log-file={log}", url];

    /// <exception cref="LabException">It has no count, or counted failures.</exception>
    public static LoadResult Parse(string output)
    {
        var time = TimePattern().Match(output);
        var count = CountPattern().Match(output);
        var bad = FailurePattern().Match(output);
        if (!time.Success || !count.Success || !bad.Success || Number(count, "done") != Number(count, "good") || Number(bad, "three") + Number(bad, "four") + Number(bad, "five") > 0)
        {
            throw new LabException($"h2load did not get through: {output}");
        }

        var took = double.Parse(time.Groups["time"].Value, CultureInfo.InvariantCulture);
        return new LoadResult(Number(count, "good"), time.Groups["unit"].Value switch { "us" => took / 1e6, "ms" => took / 1000, "m" => took * 60, _ => took });
    }

    /// <summary>Response times of a log, in microseconds, in the order of their ends.</summary>
    public static IEnumerable<long> ResponseTimes(IEnumerable<string> log) =>
        log.Where(line => line.Length > 0).Select(line => long.Parse(line.Split('\t')[2], CultureInfo.InvariantCulture));

    private static string[] Protocol(WarmCase @case) => @case.IsHttp2 ? [] : s_http1;

    private static long Number(Match match, string group) => long.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"finished in (?<time>[\d.]+)(?<unit>us|ms|s|m),", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TimePattern();

    [GeneratedRegex(@"requests: .* (?<done>\d+) done, (?<good>\d+) succeeded", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CountPattern();

    [GeneratedRegex(@"status codes: \d+ 2xx, (?<three>\d+) 3xx, (?<four>\d+) 4xx, (?<five>\d+) 5xx", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FailurePattern();
}
