using System.Globalization;
using Gateway.Lab.Processes;

namespace Gateway.Lab.Clients;

/// <summary>curl as the client: an independent TCP and TLS stack, with times of its own.</summary>
public static class Curl
{
    /// <summary>Makes one transfer. A failed one is a result too; see <see cref="CurlResult.ThrowIfFailed"/>.</summary>
    /// <exception cref="LabException">curl cannot be run, or is older than 7.75 (which made exitcode part of its JSON).</exception>
    public static async Task<CurlResult> GetAsync(CurlOptions options, CancellationToken cancellationToken = default) =>
        (await GetAllAsync(options with { Repeat = 1 }, cancellationToken))[0];

    /// <summary>Makes all transfers of <see cref="CurlOptions.Repeat"/>, in order.</summary>
    /// <exception cref="LabException">curl cannot be run, or is older than 7.75.</exception>
    public static async Task<IReadOnlyList<CurlResult>> GetAllAsync(CurlOptions options, CancellationToken cancellationToken = default)
    {
        string[] command = [.. options.Wrapper, "curl", .. Arguments(options)];
        var process = new LabProcessOptions { FileName = command[0], Arguments = command[1..], Namespace = options.Namespace };
        var result = await Command.ExecuteAsync(process, cancellationToken: cancellationToken);
        var lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return lines.Length == options.Repeat
            ? [.. lines.Select(CurlResult.Parse)]
            : throw new LabException($"'{result.Description}' ended with {result.ExitCode}: {result.AllOutput}");
    }

    private static IEnumerable<string> Arguments(CurlOptions options)
    {
        // -q first: a .curlrc must not change what is measured.
        List<string> arguments =
        [
            "-q", "--silent", "--noproxy", "*", "--write-out", "%{json}\\n",
            "--connect-timeout", Seconds(options.ConnectTimeout), "--max-time", Seconds(options.Timeout),
            .. options.HttpVersion switch
            {
                CurlHttpVersion.Http11 => ["--http1.1"],
                CurlHttpVersion.Http2 => ["--http2"],
                CurlHttpVersion.Http2PriorKnowledge => ["--http2-prior-knowledge"],
                _ => (string[])[],
            },
            .. options.MinTls is { } min ? ["--tlsv" + Number(min)] : (string[])[],
            .. options.MaxTls is { } max ? ["--tls-max", Number(max)] : (string[])[],
            .. options.CaFile is { } file ? ["--cacert", file] : (string[])[],
            .. options.Insecure ? ["--insecure"] : (string[])[],
            .. options.Resolve is { } address ? ["--resolve", ResolveEntry(options.Url, address.ToString())] : (string[])[],
            .. options.Arguments,
        ];
        return arguments.Concat(Enumerable.Repeat<string[]>(["--output", "/dev/null", options.Url], options.Repeat).SelectMany(pair => pair));
    }

    private static string ResolveEntry(string url, string address)
    {
        var uri = new Uri(url);
        return $"{uri.Host}:{uri.Port}:{(address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address)}";
    }

    private static string Number(TlsVersion version) => version == TlsVersion.Tls12 ? "1.2" : "1.3";

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
}
