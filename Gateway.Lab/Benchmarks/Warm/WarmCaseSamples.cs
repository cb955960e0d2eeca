using HdrHistogram;

namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>What was measured of one case, of all generations.</summary>
internal sealed class WarmCaseSamples(WarmCase @case)
{
    private readonly Dictionary<string, WarmSamples> _subjects = new(StringComparer.Ordinal);

    public WarmCase Case => @case;

    /// <summary>By subject, in the order in which they take turns.</summary>
    public IReadOnlyDictionary<string, WarmSamples> Subjects => _subjects;

    /// <summary>Response times of the function itself, without a proxy, in microseconds.</summary>
    public LongHistogram Direct { get; } = WarmSamples.NewHistogram();

    /// <summary>A subject's turns; none yet when it is asked for first.</summary>
    public WarmSamples Of(string subject)
    {
        if (!_subjects.TryGetValue(subject, out var samples))
        {
            _subjects.Add(subject, samples = new WarmSamples());
        }

        return samples;
    }
}
