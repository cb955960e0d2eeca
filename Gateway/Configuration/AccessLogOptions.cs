namespace Gateway.Configuration;

/// <summary>The form of a line of the access log.</summary>
internal enum AccessLogFormat
{
    /// <summary>One JSON object a line.</summary>
    Json,

    /// <summary>The Common Log Format that NCSA's and Apache's servers made common, with what a cold start was at its end.</summary>
    Common,
}

/// <summary>What is written of each request, and where.</summary>
internal sealed record AccessLogOptions
{
    /// <summary>The <see cref="Path"/> that stands for standard output.</summary>
    public const string StandardOutput = "stdout";

    /// <summary>A file, relative to the content root, or <see cref="StandardOutput"/>; null for no access log.</summary>
    public string? Path { get; init; }

    public AccessLogFormat Format { get; init; }

    /// <summary>The share, from 0 to 1, of ordinary requests that are written. Those that met a cold start and those that failed (5xx) are all written.</summary>
    public double Sample { get; init; } = 1;

    /// <summary>Reads the section.</summary>
    public static AccessLogOptions Read(SectionReader section)
    {
        var defaults = new AccessLogOptions();
        var log = new AccessLogOptions
        {
            Path = section.FilePath("Path", $"write a file, or \"{StandardOutput}\", or leave it out for no access log"),
            Format = section.Word<AccessLogFormat>("Format") ?? defaults.Format,
            Sample = section.Number("Sample", 0, 1) ?? defaults.Sample,
        };
        if (log.Path is { } path && (path.Length == 0 || path.Contains('\0') || path.EndsWith('/')))
        {
            section.Error("Path", $"{ReadContext.Quote(path)} is not a file's name; write a file, or \"{StandardOutput}\".");
        }
        else if (log.Path is null && !section.Has("Path") && log != defaults)
        {
            section.Error("Path", $"missing, so nothing is written; write a file, or \"{StandardOutput}\".");
        }

        section.End();
        return log;
    }
}
