using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes.Engines;

namespace Gateway.Lab.Simulation;

/// <summary>A function's one instance in the simulation: where it is, and since when it uses how much memory.</summary>
internal sealed class SimulatedInstance(SimulatedFunction function, Strategy strategy)
{
    private static readonly Tier[] All = [Tier.Stopped, Tier.Initialized, Tier.Paused, Tier.Running];
    private readonly Random _noise = new(function.Seed);

    public SimulatedFunction Function => function;

    public FunctionOptions Options { get; } = new() { Name = function.Name, Run = new ContainerRunOptions("Docker") { Image = "simulated" }, Idle = strategy.Idle };

    public Tier Tier { get; private set; } = Tier.Stopped;

    /// <summary>Index of the next use in the trace.</summary>
    public int Next { get; set; }

    public int InFlight { get; set; }

    public long LastUse { get; set; }

    /// <summary>When the current wake, or the last one, ends.</summary>
    public long ReadyAt { get; private set; }

    /// <summary>The number of the current timers. An event with another number is ignored.</summary>
    public int Timer { get; set; }

    public double Memory { get; private set; }

    public long MemorySince { get; private set; }

    public RestQuestion Ask(long now) => new(Options, All, Tier, TimeSpan.FromTicks((now - LastUse) / 100), OpenConnections: 0);

    /// <summary>Begins to wake.</summary>
    /// <returns>Returns T_ready in nanoseconds.</returns>
    public long Wake(long now)
    {
        var took = (long)(function.MedianWake(Tier).TotalMicroseconds * 1000 * Noise());
        ReadyAt = now + took;
        return took;
    }

    /// <returns>Returns the memory that it used until now times how long, in MiB nanoseconds.</returns>
    public double Move(Tier tier, long now)
    {
        var used = Memory * (now - MemorySince);
        (Tier, Memory, MemorySince) = (tier, function.MemoryIn(tier), now);
        return used;
    }

    // A bell curve around the median, and one wake in a hundred that takes three times as long.
    private double Noise()
    {
        var normal = Math.Sqrt(-2 * Math.Log(1 - _noise.NextDouble())) * Math.Cos(2 * Math.PI * _noise.NextDouble());
        return Math.Exp(0.1 * normal) * (_noise.NextDouble() < 0.01 ? 3 : 1);
    }
}
