namespace Gateway.Lab.Benchmarks.Step;

/// <summary>What happens in a step, in seconds after its begin.</summary>
/// <param name="Quiet">How long nobody asks before it.</param>
/// <param name="Lasts">How long all connections ask.</param>
/// <param name="After">How long a few do after that.</param>
/// <param name="Window">The function's <c>Scale:Window</c>.</param>
internal sealed record StepPlan(double Quiet, double Lasts, double After, double Window)
{
    public const int Connections = 200;
    public const int Few = 8;
    public const int Max = 8;
    public const int Concurrency = 10;

    /// <summary>How long the function takes for an answer, in milliseconds, without work of the processor.</summary>
    public const int Answer = 100;

    public const int Boot = 50;

    public double End => Lasts + After;

    public double Seconds => Quiet + End;
}
