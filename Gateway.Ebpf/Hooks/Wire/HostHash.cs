namespace Gateway.Ebpf.Hooks.Wire;

/// <summary>The key of the map <c>hosts</c>: FNV-1a over the name in lower case, from its last character to its first (hs_step_name of bpf/data.h).</summary>
internal static class HostHash
{
    private const ulong Basis = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    /// <param name="pattern"><c>hello.example</c>, or <c>*.hello.example</c> for all names below it.</param>
    internal static ulong Of(string pattern)
    {
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        var name = pattern.StartsWith("*.", StringComparison.Ordinal) ? pattern.AsSpan(1) : pattern;
        var hash = Basis;
        for (var i = name.Length - 1; i >= 0; i--)
        {
            hash = unchecked((hash ^ char.ToLowerInvariant(name[i])) * Prime);
        }
        return hash;
    }
}
