namespace Gateway.Runtimes.Engines;

internal enum VolumeKind
{
    /// <summary>A volume of the engine's, by its name; made when it is not there.</summary>
    Named,

    /// <summary>A directory or file of the engine's machine.</summary>
    Bind,

    /// <summary>Memory, empty at every start.</summary>
    Tmpfs,

    /// <summary>A volume of the instance's own that outlives its containers, under a name that the gateway chooses.</summary>
    Own,
}

/// <summary>One mount of a container.</summary>
/// <param name="Source">A volume's name or an absolute path on the engine's machine; empty for <see cref="VolumeKind.Tmpfs"/> and <see cref="VolumeKind.Own"/>.</param>
/// <param name="Target">An absolute path in the container, without a slash at its end.</param>
/// <param name="Options">As in <c>docker run -v</c> and <c>--tmpfs</c>, with commas between; may be empty.</param>
internal sealed record VolumeMount(VolumeKind Kind, string Source, string Target, string Options = "")
{
    public bool IsReadOnly => Options.Split(',').Contains("ro", StringComparer.Ordinal);
}
