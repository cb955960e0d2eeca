using System.Globalization;
using Gateway.Model;

namespace Gateway.Activation.Trust;

/// <summary>Says what is restricted for now, and why, for the admin endpoint.</summary>
internal sealed partial class TrustJudge
{
    /// <summary>Gets the restriction of all sources, or null if there is none.</summary>
    public TrustRestriction? Whole
    {
        get
        {
            lock (_gate)
            {
                return Of(_whole);
            }
        }
    }

    /// <summary>Returns why the function is restricted, in one sentence.</summary>
    public string ReasonFor(FunctionTrust function)
    {
        lock (_gate)
        {
            return Of(function)?.Reason ?? "";
        }
    }

    /// <summary>Returns the groups that were restricted last.</summary>
    public IReadOnlyList<(SourceGroup Group, TrustRestriction Restriction)> Groups(int most)
    {
        lock (_gate)
        {
            return [.. _groups.Restricted.Take(most).Select(group => (group.Group, Of(group)!))];
        }
    }

    private TrustRestriction? Of(TrustSubject subject)
    {
        if (subject.Earliest == SignalKind.Syn)
        {
            return null;
        }

        var left = TimeSpan.FromSeconds(Math.Ceiling(Math.Max(0, -Now.Since(subject.Score.CalmAt).TotalSeconds)));
        return new TrustRestriction(subject.Earliest, string.Create(CultureInfo.InvariantCulture, $"Most of its wakes by {subject.Earliest - 1} came to nothing; if it stays calm, it is trusted one step more in {left}."));
    }
}
