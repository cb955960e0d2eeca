using System.Runtime.InteropServices;

namespace Gateway;

/// <summary>
/// Drops ambient capabilities. A service manager gives capabilities to a user's process as ambient ones, which every program that the process
/// starts inherits (capabilities(7)). They are meant for the gateway and not for its functions.
/// </summary>
internal static partial class AmbientCapabilities
{
    /// <summary>linux/prctl.h.</summary>
    private const int PR_CAP_AMBIENT = 47;

    /// <summary>linux/prctl.h.</summary>
    private const int PR_CAP_AMBIENT_CLEAR_ALL = 4;

    /// <summary>Keeps the capabilities of this process from the ones that it starts. Call it before any thread is made, because threads inherit them too.</summary>
    public static void KeepFromChildren() => _ = prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int prctl(int option, nuint arg2, nuint arg3, nuint arg4, nuint arg5);
}
