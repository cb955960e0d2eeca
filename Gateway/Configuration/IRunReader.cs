using Gateway.Model;

namespace Gateway.Configuration;

/// <summary>Describes a runtime and reads its part of a configuration. The room Runtimes implements it once for each runtime.</summary>
internal interface IRunReader
{
    /// <summary>The name that users write as <c>Runtime</c>, ignoring case. The runtime's own section in <c>Gateway</c> has it too, if there is one.</summary>
    string Name { get; }

    /// <summary>The tiers that instances of this runtime can be in, the deepest first and <see cref="Tier.Running"/> last.</summary>
    IReadOnlyList<Tier> Tiers { get; }

    /// <summary>Reads the keys of a function that belong to this runtime, and notes mistakes. Keys that it does not ask for are reported as unknown.</summary>
    /// <param name="function">The function's section, from which <c>Runtime</c> was read before.</param>
    /// <returns>Returns what to run, which is meaningful only if no error was noted.</returns>
    RunOptions Read(SectionReader function);

    /// <summary>Reads the runtime's own section in <c>Gateway</c>, which says for example where its engine is. A change takes effect at the next start.</summary>
    /// <param name="gateway">The section <c>Gateway</c>.</param>
    /// <param name="root">The whole configuration, in which environment variables are keys too.</param>
    /// <param name="isUsed">Whether a function runs on this runtime. If none does, a value that was not written for the gateway is no mistake.</param>
    /// <returns>Returns the settings, or null if the runtime has no section.</returns>
    RuntimeSettings? ReadSettings(SectionReader gateway, ConfigurationNode root, bool isUsed) => null;
}
