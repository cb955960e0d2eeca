using Gateway.Model;

namespace Gateway.Configuration;

/// <summary>What a runtime says of itself, and how its part of a configuration is read. The room Runtimes implements it, once for each runtime.</summary>
internal interface IRunReader
{
    /// <summary>What users write as <c>Runtime</c>, ignoring case. Also names the runtime's own section in <c>Gateway</c>, if it has one.</summary>
    string Name { get; }

    /// <summary>The tiers that its instances can be in, the deepest first, <see cref="Tier.Running"/> last.</summary>
    IReadOnlyList<Tier> Tiers { get; }

    /// <summary>Reads the keys of a function that are this runtime's. Mistakes are noted; keys that it does not ask for are unknown ones.</summary>
    /// <param name="function">The function's section. <c>Runtime</c> was read before.</param>
    /// <returns>What to run, meaningful only if no error was noted.</returns>
    RunOptions Read(SectionReader function);

    /// <summary>Reads the runtime's own section in <c>Gateway</c>, such as where its engine is. A change of it takes effect at the next start.</summary>
    /// <param name="gateway">The section <c>Gateway</c>.</param>
    /// <param name="root">The whole configuration, which has environment variables as keys of their own.</param>
    /// <param name="isUsed">Whether a function runs on it: else what was not written for the gateway is nobody's mistake.</param>
    /// <returns>Null: it has no section, and asks for none.</returns>
    RuntimeSettings? ReadSettings(SectionReader gateway, ConfigurationNode root, bool isUsed) => null;
}
