namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>Where a subject listens, in a namespace that is the benchmark's alone.</summary>
/// <param name="First">The first of four ports.</param>
internal sealed record WarmPorts(int First)
{
    public const string Address = "127.0.0.1";

    public int Plain => First;

    /// <summary>HTTP/2 with prior knowledge: nginx and Kestrel want a port for it.</summary>
    public int PlainHttp2 => First + 1;

    public int Tls => First + 2;

    /// <summary>Bytes of any protocol, which nginx and haproxy pass on without reading them.</summary>
    public int Bytes => First + 3;

    public string Url(WarmCase @case) =>
        @case.Tls ? $"https://{Address}:{Tls}/" : $"http://{Address}:{(@case.IsHttp2 ? PlainHttp2 : Plain)}/";
}
