using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Gateway.Configuration;

namespace Gateway.Telemetry.AccessLogs;

/// <summary>Writes entries of the access log as lines.</summary>
internal static class AccessLogFormats
{
    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Writes an entry as one line, with its end.</summary>
    public static void Write(AccessLogEntry entry, AccessLogFormat format, IBufferWriter<byte> output)
    {
        if (format == AccessLogFormat.Json)
        {
            WriteJson(entry, output);
        }
        else
        {
            Encoding.UTF8.GetBytes(CommonLine(entry), output);
        }

        output.Write("\n"u8);
    }

    private static void WriteJson(AccessLogEntry entry, IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output, s_json);
        json.WriteStartObject();
        json.WriteString("at", entry.At.UtcDateTime);
        json.WriteString("id", entry.Id);
        json.WriteString("client", entry.Client);
        json.WriteString("method", entry.Method);
        json.WriteString("host", entry.Host);
        json.WriteString("target", entry.Target);
        json.WriteString("protocol", entry.Protocol);
        json.WriteNumber("status", entry.Status);
        json.WriteNumber("durationMs", Milliseconds(entry.Duration));
        json.WriteString("function", entry.Function);
        if (entry.Reason is { } reason)
        {
            json.WriteString("reason", reason);
        }

        if (entry.Cold is { } cold)
        {
            json.WriteString("signal", cold.Start.Signal.Kind.ToString());
            json.WriteString("tier", cold.Start.Tier.ToString());
            json.WriteNumber("hiddenMs", Milliseconds(cold.Start.Hidden));
            json.WriteNumber("waitedMs", Milliseconds(cold.Waited));
        }

        json.WriteEndObject();
    }

    // https://httpd.apache.org/docs/current/logs.html#common; the number of bytes is not known, for which the format has '-'.
    private static string CommonLine(AccessLogEntry entry)
    {
        var line = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{entry.Client} - - [{entry.At.UtcDateTime:dd/MMM/yyyy:HH:mm:ss} +0000] \"");
        Quote(line, entry.Method).Append(' ');
        Quote(line, entry.Target).Append(' ').Append(entry.Protocol).Append(CultureInfo.InvariantCulture, $"\" {entry.Status} -");
        if (entry.Cold is { } cold)
        {
            line.Append(CultureInfo.InvariantCulture, $" signal={cold.Start.Signal.Kind} hidden={Milliseconds(cold.Start.Hidden)}ms waited={Milliseconds(cold.Waited)}ms");
        }

        return line.ToString();
    }

    // As Apache does, so that what a client sent can neither end the quotes nor the line.
    private static StringBuilder Quote(StringBuilder line, string text)
    {
        foreach (var c in text)
        {
            _ = c is '"' or '\\' ? line.Append('\\').Append(c)
                : char.IsControl(c) || !char.IsAscii(c) ? Escape(line, c)
                : line.Append(c);
        }

        return line;
    }

    private static StringBuilder Escape(StringBuilder line, char c)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (var b in bytes[..(char.IsSurrogate(c) ? Encoding.UTF8.GetBytes("\uFFFD", bytes) : Encoding.UTF8.GetBytes([c], bytes))])
        {
            line.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}");
        }

        return line;
    }

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 3);
}
