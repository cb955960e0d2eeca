namespace Gateway.Lab.Benchmarks.Direct;

/// <summary>One way to a running function.</summary>
/// <param name="Name">The name of <see cref="Reports.DirectCell.Subject"/>.</param>
/// <param name="Port">Where clients reach it.</param>
/// <param name="LoadCores">Where its clients run.</param>
/// <param name="CpuSeconds">Reads the processor time, since its start, of what may be in between.</param>
internal sealed record DirectWay(string Name, int Port, string LoadCores, Func<double> CpuSeconds)
{
    /// <summary>At which address clients reach it.</summary>
    public string Host { get; init; } = "127.0.0.1";

    public string Url(string path) => $"http://{Host}:{Port}{path}";
}
