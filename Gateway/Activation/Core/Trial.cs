using Gateway.Model;

namespace Gateway.Activation.Core;

/// <summary>A wake by a SYN that no connection has followed yet.</summary>
/// <param name="Key">The instance that was woken.</param>
/// <param name="From">The tier that it was woken from, to which it goes back if no connection follows.</param>
/// <param name="Until">The timestamp by which a connection has to follow.</param>
internal sealed record Trial(int Key, Tier From, long Until)
{
    /// <summary>Gets whether the time is over, so that the instance rests as soon as its start has ended.</summary>
    public bool IsLost { get; init; }
}
