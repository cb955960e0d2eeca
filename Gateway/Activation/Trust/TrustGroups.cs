using System.Collections.Concurrent;
using Gateway.Configuration;
using Gateway.Model;

namespace Gateway.Activation.Trust;

/// <summary>
/// Remembers groups of sources: many that are trusted, and fewer that are not. They are bounded apart, so that a flood from ever new sources, which makes the
/// gateway forget those that it trusts, does not make it forget those that it does not. It is used under the lock of <see cref="TrustJudge"/>, except for <see cref="EarliestOf"/>.
/// </summary>
internal sealed class TrustGroups
{
    /// <summary>The most groups that are remembered and trusted.</summary>
    public const int MostTrusted = 4096;

    /// <summary>The most groups that are not trusted.</summary>
    public const int MostRestricted = 1024;

    private readonly BoundedMap<SourceGroup, GroupTrust> _trusted = new(MostTrusted);
    private readonly BoundedMap<SourceGroup, GroupTrust> _restricted = new(MostRestricted);
    private readonly ConcurrentDictionary<SourceGroup, SignalKind> _earliest = new();

    /// <summary>Gets the groups that are not trusted, the latest first.</summary>
    public IEnumerable<GroupTrust> Restricted => _restricted.Latest.Select(static pair => pair.Value);

    /// <summary>Returns the earliest kind of signal that is trusted from a group. It takes no lock.</summary>
    public SignalKind EarliestOf(SourceGroup group) => _earliest.TryGetValue(group, out var earliest) ? earliest : SignalKind.Syn;

    /// <summary>Returns true if most of a group's recent wakes were followed by a request.</summary>
    public bool IsGood(SourceGroup group, TrustOptions options) => _trusted.TryPeek(group, out var trust) && trust.Score.IsGood(options);

    /// <summary>Returns what is known of a group.</summary>
    public GroupTrust Of(SourceGroup group) =>
        _restricted.TryPeek(group, out var restricted) ? restricted : _trusted.GetOrAdd(group, () => new GroupTrust(group), static _ => true);

    /// <summary>Files a group anew whose level has changed.</summary>
    /// <param name="trust">The group.</param>
    /// <param name="forgotten">A group that is not restricted any more because there are too many, or null.</param>
    public void Refile(GroupTrust trust, out GroupTrust? forgotten)
    {
        forgotten = null;
        if (trust.Earliest == SignalKind.Syn)
        {
            _restricted.Remove(trust.Group);
            _earliest.TryRemove(trust.Group, out _);
            _trusted.GetOrAdd(trust.Group, () => trust, static _ => true);
            return;
        }

        GroupTrust? oldest = null;
        _trusted.Remove(trust.Group);
        _restricted.GetOrAdd(trust.Group, () => trust, static _ => true, (_, other) => oldest = other);
        _earliest[trust.Group] = trust.Earliest;
        if (oldest is not null)
        {
            _earliest.TryRemove(oldest.Group, out _);
            forgotten = oldest;
        }
    }
}
