namespace Gateway.Lab.Reports;

/// <summary>Intervals of confidence by drawing again from what was measured (Efron's percentile bootstrap).</summary>
public static class Bootstrap
{
    private const int Draws = 10_000;

    /// <summary>Always the same draws, so that a report can be made again.</summary>
    private const int Seed = 1;

    /// <summary>
    /// Returns the interval in which the median of all values is. Values of one group belong together, such as those of one process, so groups are drawn first and then values
    /// of each.
    /// </summary>
    /// <param name="groups">At least one group, each with at least one value.</param>
    /// <param name="confidence">0 to 1: how sure.</param>
    public static (double Low, double High) MedianInterval(IReadOnlyList<IReadOnlyList<double>> groups, double confidence = 0.95)
    {
#pragma warning disable CA5394 // Draws of a statistic need no secret.
        var random = new Random(Seed);
        var medians = new double[Draws];
        var drawn = new List<double>();
        for (var draw = 0; draw < Draws; draw++)
        {
            drawn.Clear();
            for (var i = 0; i < groups.Count; i++)
            {
                var group = groups[random.Next(groups.Count)];
                for (var k = 0; k < group.Count; k++)
                {
                    drawn.Add(group[random.Next(group.Count)]);
                }
            }

            medians[draw] = Statistics.Median(drawn);
        }
#pragma warning restore CA5394

        return (Statistics.Percentile(medians, (1 - confidence) / 2), Statistics.Percentile(medians, (1 + confidence) / 2));
    }
}
