using System.Collections.Frozen;
using Gateway.Configuration.Policies;

namespace Gateway.Configuration;

/// <summary>How spans are carried (opentelemetry.io/docs/specs/otlp).</summary>
internal enum OtlpProtocol
{
    /// <summary>OTLP/HTTP with protobuf, by convention on port 4318.</summary>
    HttpProtobuf,

    /// <summary>OTLP/gRPC, by convention on port 4317.</summary>
    Grpc,
}

/// <summary>Where traces are sent, and of what.</summary>
internal sealed record TracingOptions
{
    /// <summary>The collector's address; null for no traces.</summary>
    public Uri? Endpoint { get; init; }

    public OtlpProtocol Protocol { get; init; }

    /// <summary>What is sent with the spans, such as a key.</summary>
    public FrozenDictionary<string, string> Headers { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>Whether each request is a span too. Otherwise only cold starts are.</summary>
    public bool Requests { get; init; }

    /// <summary>The share, from 0 to 1, of traces that begin here. One that a client began is as its client says.</summary>
    public double Sample { get; init; } = 1;

    public bool Equals(TracingOptions? other) =>
        other is not null && Endpoint == other.Endpoint && Protocol == other.Protocol && Requests == other.Requests && Sample.Equals(other.Sample)
        && Headers.Count == other.Headers.Count && Headers.All(pair => other.Headers.TryGetValue(pair.Key, out var its) && pair.Value == its);

    public override int GetHashCode() => HashCode.Combine(Endpoint, Protocol, Requests, Sample, Headers.Count);

    /// <summary>Reads the section.</summary>
    public static TracingOptions Read(SectionReader section)
    {
        var defaults = new TracingOptions();
        var endpoint = section.Text("Endpoint");
        var tracing = new TracingOptions
        {
            Endpoint = Uri.TryCreate(endpoint, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? address : null,
            Protocol = section.Word<OtlpProtocol>("Protocol") ?? defaults.Protocol,
            Headers = section.Map("Headers").ToFrozenDictionary(item => item.Key, item => item.Value, StringComparer.OrdinalIgnoreCase),
            Requests = section.Flag("Requests") ?? defaults.Requests,
            Sample = section.Number("Sample", 0, 1) ?? defaults.Sample,
        };
        if (endpoint is not null && tracing.Endpoint is null)
        {
            section.Error("Endpoint", $"{ReadContext.Quote(endpoint)} is not the address of a collector; write e.g. \"http://127.0.0.1:4318\".");
        }
        else if (endpoint is null && tracing != defaults)
        {
            section.Error("Endpoint", "missing, so nothing is sent; write the collector's address, e.g. \"http://127.0.0.1:4318\".");
        }

        foreach (var name in tracing.Headers.Keys.Where(name => !HeaderName.IsValid(name)))
        {
            section.Error("Headers", $"{ReadContext.Quote(name)} is not the name of a header; write e.g. \"api-key\".");
        }

        // The exporter takes all headers as one list with commas, and has no way to write one within a value. The value, which may be a secret, is not told.
        foreach (var name in tracing.Headers.Where(pair => !pair.Value.All(c => c is >= ' ' and <= '~' and not ',')).Select(pair => pair.Key))
        {
            section.Error("Headers", $"the value of {ReadContext.Quote(name)} has a comma in it, or something that is not printable ASCII, and cannot be sent; correct it.");
        }

        section.End();
        return tracing;
    }
}
