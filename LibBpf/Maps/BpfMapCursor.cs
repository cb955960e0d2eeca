namespace LibBpf;

/// <summary>A cursor remembers how far a pass over a map in batches has come. A new one begins at the start; it belongs to one map and one thread.</summary>
public sealed class BpfMapCursor
{
    /// <summary>Gets whether the pass has come to the end of the map.</summary>
    public bool IsAtEnd { get; internal set; }

    /// <summary>Whether something was read yet, so that <see cref="Position"/> says where to go on.</summary>
    internal bool IsStarted { get; set; }

    /// <summary>Whether the kernel has no batches, and the position is the last key.</summary>
    internal bool IsKeyByKey { get; set; }

    /// <summary>The kernel's own note, of a key's size and four bytes at least.</summary>
    internal byte[] Position { get; set; } = [];
}
