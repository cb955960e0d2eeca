using Gateway.Model;

namespace Gateway.Signals;

/// <summary>Has the kernel report all signals; the gateway itself ignores those that it does not trust.</summary>
internal sealed class NoSignalFloor : ISignalFloor
{
    /// <inheritdoc/>
    public void Set(SourceGroup group, SignalKind earliest)
    {
    }

    /// <inheritdoc/>
    public void SetForAll(SignalKind earliest)
    {
    }
}
