namespace Gateway.Lab.Reports;

/// <summary>Order statistics of a few to a few thousand values.</summary>
public static class Statistics
{
    /// <summary>The value below which a part of the values lies, interpolated between neighbours (Hyndman and Fan, type 7).</summary>
    /// <param name="values">At least one, in any order.</param>
    /// <param name="part">0 to 1: 0.5 is the median.</param>
    public static double Percentile(IEnumerable<double> values, double part)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(part, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(part, 1);
        var sorted = values.Order().ToArray();
        ArgumentOutOfRangeException.ThrowIfZero(sorted.Length, nameof(values));
        var place = part * (sorted.Length - 1);
        var below = (int)place;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }

    public static double Median(IEnumerable<double> values) => Percentile(values, 0.5);
}
