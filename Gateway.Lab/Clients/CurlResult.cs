using System.Text.Json;

namespace Gateway.Lab.Clients;

/// <summary>One transfer. Times are milliseconds since the transfer's start, curl(1) <c>--write-out</c>; 0 where it did not come so far.</summary>
public sealed record CurlResult
{
    /// <summary>curl's exit code; 0 is success, and so is any HTTP status.</summary>
    public required int ExitCode { get; init; }

    /// <summary>Why the transfer failed; empty if it did not.</summary>
    public required string Error { get; init; }

    /// <summary>The status of the answer; 0 if there was none.</summary>
    public required int HttpCode { get; init; }

    /// <summary><c>1.1</c> or <c>2</c>.</summary>
    public required string HttpVersion { get; init; }

    /// <summary>New connections that the transfer needed; 0 when it had one already.</summary>
    public required int NumConnects { get; init; }

    /// <summary>Bytes of the answer's body.</summary>
    public required long Downloaded { get; init; }

    public required double NameLookup { get; init; }

    /// <summary>When the TCP handshake was done.</summary>
    public required double Connect { get; init; }

    /// <summary>When the TLS handshake was done.</summary>
    public required double AppConnect { get; init; }

    /// <summary>When the first byte of the answer arrived.</summary>
    public required double StartTransfer { get; init; }

    public required double Total { get; init; }

    /// <exception cref="LabException">The transfer failed.</exception>
    public CurlResult ThrowIfFailed() => ExitCode == 0 ? this : throw new LabException($"curl failed with {ExitCode}: {Error}");

    /// <summary>Reads one line of curl's <c>%{json}</c>, whose times are seconds.</summary>
    internal static CurlResult Parse(string line)
    {
        using var document = JsonDocument.Parse(line);
        var json = document.RootElement;
        double Milliseconds(string name) => json.GetProperty(name).GetDouble() * 1000;
        return new CurlResult
        {
            ExitCode = json.GetProperty("exitcode").GetInt32(),
            Error = json.GetProperty("errormsg").GetString() ?? "",
            HttpCode = json.GetProperty("http_code").GetInt32(),
            HttpVersion = json.GetProperty("http_version").GetString() ?? "",
            NumConnects = json.GetProperty("num_connects").GetInt32(),
            Downloaded = json.GetProperty("size_download").GetInt64(),
            NameLookup = Milliseconds("time_namelookup"),
            Connect = Milliseconds("time_connect"),
            AppConnect = Milliseconds("time_appconnect"),
            StartTransfer = Milliseconds("time_starttransfer"),
            Total = Milliseconds("time_total"),
        };
    }
}
