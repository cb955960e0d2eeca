namespace Gateway.Runtimes.Engines;

/// <summary>The kind of a mount.</summary>
internal enum VolumeKind
{
    /// <summary>The mount is a volume of the engine with a given name, which is made if it does not exist.</summary>
    Named,

    /// <summary>The mount is a directory or file of the engine's machine.</summary>
    Bind,

    /// <summary>The mount is in memory, and empty at every start.</summary>
    Tmpfs,

    /// <summary>The mount is a volume of its instance, which outlives the instance's containers, and whose name the gateway chooses.</summary>
    Own,
}

/// <summary>One mount of a container.</summary>
/// <param name="Source">A volume's name or an absolute path on the engine's machine; empty for <see cref="VolumeKind.Tmpfs"/> and <see cref="VolumeKind.Own"/>.</param>
/// <param name="Target">An absolute path in the container, without a slash at its end.</param>
/// <param name="Options">The options as in <c>docker run -v</c> and <c>--tmpfs</c>, separated by commas. It may be empty.</param>
internal sealed record VolumeMount(VolumeKind Kind, string Source, string Target, string Options = "")
{
    /// <summary>Gets whether the container cannot write to the mount.</summary>
    public bool IsReadOnly => Options.Split(',').Contains("ro", StringComparer.Ordinal);
}
