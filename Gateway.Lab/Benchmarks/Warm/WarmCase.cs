namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>What the client speaks. Every proxy speaks HTTP/1.1 without TLS to the function.</summary>
/// <param name="Protocol"><c>HTTP/1.1</c> or <c>HTTP/2</c>; without TLS the latter with prior knowledge (RFC 9113, section 3.3).</param>
/// <param name="Tls">TLS 1.3.</param>
internal sealed record WarmCase(string Protocol, bool Tls)
{
    public static IReadOnlyList<WarmCase> All { get; } = [new("HTTP/1.1", false), new("HTTP/1.1", true), new("HTTP/2", false), new("HTTP/2", true)];

    public bool IsHttp2 => Protocol == "HTTP/2";

    /// <summary>For people.</summary>
    public string Name => Tls ? $"{Protocol} TLS" : Protocol;
}
