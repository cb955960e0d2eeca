namespace Gateway.Lab.Simulation;

/// <summary>Generates functions with their uses. The same seed gives the same ones.</summary>
internal static class Traces
{
    private const double Second = 1e9;

    // The slides' pings.
    private static readonly double[] RoundTrips = [25, 100, 240, 250];

    private static readonly double[] PeriodMinutes = [15, 20, 30, 60, 120, 240, 360, 720, 1440];

    /// <summary>Generates functions.</summary>
    /// <param name="count">How many functions; a third of them has each pattern.</param>
    /// <param name="length">The length of the trace.</param>
    /// <param name="seed">The seed of the random numbers.</param>
    public static IReadOnlyList<SimulatedFunction> Generate(int count, TimeSpan length, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(index => Function(index, (DemandKind)(index % 3), length, new Random(random.Next())))];
    }

    private static SimulatedFunction Function(int index, DemandKind kind, TimeSpan length, Random random)
    {
        var roundTrip = RoundTrips[index / 3 % RoundTrips.Length];
        var boot = LogUniform(random, 20, 600);
        var memory = LogUniform(random, 32, 512);
        var end = length.TotalSeconds;
        double[] seconds = [.. (kind switch
        {
            DemandKind.Constant => Poisson(random, LogUniform(random, 10, 180), end),
            DemandKind.Predictable => Periodic(random, index / 3, end),
            _ => Poisson(random, LogUniform(random, 600, 12 * 3600), end),
        }).Order()];
        return new SimulatedFunction(
            $"{kind}-{index}", kind, TimeSpan.FromMilliseconds(roundTrip), TimeSpan.FromMilliseconds(boot), memory,
            [.. seconds.Select(second => (long)(second * Second))],
            [.. seconds.Select(_ => (long)(2 * RoundTrip(random, roundTrip) * 1e6))],
            random.Next());
    }

    // One client in twenty is somewhere else; and networks are never faster than light, but often slower.
    private static double RoundTrip(Random random, double usual)
    {
        var near = random.NextDouble() < 0.05 ? RoundTrips[random.Next(RoundTrips.Length)] : usual;
        return near * (1 + (0.05 * -Math.Log(1 - random.NextDouble())));
    }

    private static IEnumerable<double> Poisson(Random random, double mean, double end)
    {
        for (var at = Exponential(random, mean); at < end; at += Exponential(random, mean))
        {
            yield return at;
        }
    }

    // A clock somewhere asks at its time, give or take seconds, and mostly more than once.
    private static IEnumerable<double> Periodic(Random random, int index, double end)
    {
        var weekdays = index % (PeriodMinutes.Length + 1) == PeriodMinutes.Length;
        var period = weekdays ? 86400 : PeriodMinutes[index % (PeriodMinutes.Length + 1)] * 60;
        for (var due = random.NextDouble() * period; due < end; due += period)
        {
            if (weekdays && (int)(due / 86400) % 7 >= 5)
            {
                continue;
            }

            var at = due + (Exponential(random, 2) / 2);
            for (var calls = 1 + random.Next(4); calls > 0 && at < end; calls--)
            {
                yield return at;
                at += Exponential(random, 3);
            }
        }
    }

    private static double Exponential(Random random, double mean) => -mean * Math.Log(1 - random.NextDouble());

    private static double LogUniform(Random random, double low, double high) => low * Math.Pow(high / low, random.NextDouble());
}
