namespace Gateway.Lab.Reports;

/// <summary>One measure of two gateways, warm.</summary>
/// <param name="Measure">What is measured, with its unit.</param>
/// <param name="Now">This gateway's, median of its turns.</param>
/// <param name="Against">The other gateway's.</param>
/// <param name="Ratio">This gateway's to the other's, median of the pairs.</param>
/// <param name="Low">Where the 95 % interval of the ratio begins.</param>
/// <param name="High">Where it ends.</param>
/// <param name="Generations">How often both were started.</param>
/// <param name="Pairs">Pairs of turns, of all generations.</param>
public sealed record WarmComparisonCell(string Measure, double Now, double Against, double Ratio, double Low, double High, int Generations, int Pairs);
