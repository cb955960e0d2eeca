using Gateway.Lab.Reports;

namespace Gateway.Lab.Benchmarks.Step;

/// <summary>One request, in seconds after the step and milliseconds.</summary>
internal readonly record struct StepRequest(double Sent, double Took, bool IsLost);

/// <summary>How many instances there were to be and took requests, in seconds after the step.</summary>
internal readonly record struct StepInstances(double At, int Desired, int Ready);

/// <summary>What was measured of one subject.</summary>
internal sealed record StepSamples(string Subject, StepPlan Plan, IReadOnlyList<StepRequest> Requests, IReadOnlyList<StepInstances> Instances)
{
    public StepCell Cell()
    {
        var answered = Requests.Where(static request => !request.IsLost).ToArray();
        var step = answered.Where(request => request.Sent < Plan.Lasts).ToArray();
        return new StepCell(
            Subject,
            answered.Length,
            Requests.Count - answered.Length,
            answered.Min(static request => (request.Sent * 1000) + request.Took),
            Math.Max(0, Instances.Where(static one => one.Ready == StepPlan.Max).Select(static one => (double?)one.At).FirstOrDefault() * 1000 ?? throw new LabException($"{Subject}: not all instances ran")),
            Statistics.Median(step.Select(static request => request.Took)),
            Statistics.Percentile(step.Select(static request => request.Took), 0.99),
            Statistics.Percentile(step.Where(request => request.Sent > Plan.Lasts / 2).Select(static request => request.Took), 0.99),
            Instances.Zip(Instances.Skip(1), static (one, next) => (next.At - one.At) * one.Ready).Sum());
    }

    /// <summary>The 99th percentile of the requests that were sent within each part of a second; parts without requests are left out.</summary>
    public (double[] At, double[] P99) OverTime(double part)
    {
        var parts = Requests.Where(static request => !request.IsLost).GroupBy(request => Math.Floor(request.Sent / part)).OrderBy(static group => group.Key).ToArray();
        return ([.. parts.Select(group => (group.Key + 0.5) * part)], [.. parts.Select(static group => Statistics.Percentile(group.Select(static request => request.Took), 0.99))]);
    }
}
