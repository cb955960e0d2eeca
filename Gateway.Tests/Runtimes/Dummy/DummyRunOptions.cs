using Gateway.Configuration;

namespace Gateway.Tests.Runtimes.Dummy;

/// <summary>A word to say.</summary>
internal sealed record DummyRunOptions() : RunOptions(RuntimeName)
{
    public override string Program => Runtime;

    public const string RuntimeName = "Dummy";

    public string Word { get; init; } = "";

    public override string Fingerprint => new ProgramFingerprint().Add(nameof(Runtime), Runtime).Add(nameof(Word), Word).ToString();
}

/// <summary>How every word ends.</summary>
internal sealed record DummySettings : RuntimeSettings
{
    public string Mark { get; init; } = "";
}
