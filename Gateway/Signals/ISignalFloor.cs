using Gateway.Model;

namespace Gateway.Signals;

/// <summary>
/// Sets the earliest signal that the kernel reports. An earlier one passes unannounced and is counted, and the function that it was for stays armed for a later one.
/// </summary>
internal interface ISignalFloor
{
    /// <summary>Reports no signal earlier than this one from the group of sources, until it is called again for it.</summary>
    void Set(SourceGroup group, SignalKind earliest);

    /// <summary>Reports no signal earlier than this one from anybody, except from sources that have proven themselves.</summary>
    void SetForAll(SignalKind earliest);
}
