using Gateway.Model;

namespace Gateway.Activation.Trust;

/// <summary>Observes which signals are trusted. The calls come one after another on any thread, and must not block.</summary>
internal interface ITrustObserver
{
    /// <summary>Tells the earliest kind of signal that is trusted from a group of sources.</summary>
    void OnGroup(SourceGroup group, SignalKind earliest);

    /// <summary>Tells the earliest kind of signal that is trusted from sources that have not proven themselves.</summary>
    void OnAll(SignalKind earliest);
}
