using LibBpf.Native;

namespace LibBpf;

/// <summary>
/// This class asks the running kernel what it can do, by trying: version numbers say little where distributions port features back. Without the
/// capabilities to load programs the kernel seems to have none. Each call costs some system calls; its answer does not change.
/// </summary>
public static unsafe class BpfFeatures
{
    /// <summary>Finds out whether the kernel has programs of a type.</summary>
    /// <param name="type">The type.</param>
    /// <returns>True if the kernel has them.</returns>
    /// <exception cref="BpfException">libbpf is missing, or does not know how to ask for this type (EOPNOTSUPP).</exception>
    public static bool HasProgramType(BpfProgramType type)
    {
        LibBpfLibrary.EnsureAvailable();
        return Check(NativeLibBpf.libbpf_probe_bpf_prog_type(type, null), $"asking for the program type {type}");
    }

    /// <summary>Finds out whether the kernel has maps of a type.</summary>
    /// <param name="type">The type.</param>
    /// <returns>True if the kernel has them.</returns>
    /// <exception cref="BpfException">libbpf is missing, or does not know how to ask for this type (EOPNOTSUPP).</exception>
    public static bool HasMapType(BpfMapType type)
    {
        LibBpfLibrary.EnsureAvailable();
        return Check(NativeLibBpf.libbpf_probe_bpf_map_type(type, null), $"asking for the map type {type}");
    }

    /// <summary>Finds out whether programs of a type may call a helper.</summary>
    /// <param name="type">The type of the programs.</param>
    /// <param name="helper">The helper; one that <see cref="BpfHelper"/> does not list can be cast from its number.</param>
    /// <returns>True if they may.</returns>
    /// <exception cref="BpfException">libbpf is missing, or does not know how to ask for this type (EOPNOTSUPP), as for those that are tied to a kernel function.</exception>
    public static bool HasHelper(BpfProgramType type, BpfHelper helper)
    {
        LibBpfLibrary.EnsureAvailable();
        return Check(NativeLibBpf.libbpf_probe_bpf_helper(type, helper, null), $"asking for the helper {helper} of {type}") && !HelperProbe.IsRefused(type, helper);
    }

    private static bool Check(int result, string operation) => BpfError.Check(result, operation) == 1;
}
