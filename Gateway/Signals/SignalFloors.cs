using Gateway.Activation.Trust;
using Gateway.Model;

namespace Gateway.Signals;

/// <summary>Tells the kernel which signals are trusted, so that it does not report the others.</summary>
internal sealed class SignalFloors(ISignalFloor floor) : ITrustObserver
{
    /// <inheritdoc/>
    public void OnGroup(SourceGroup group, SignalKind earliest) => floor.Set(group, earliest);

    /// <inheritdoc/>
    public void OnAll(SignalKind earliest) => floor.SetForAll(earliest);
}
