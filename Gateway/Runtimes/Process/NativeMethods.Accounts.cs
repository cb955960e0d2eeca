using System.Runtime.InteropServices;

namespace Gateway.Runtimes.Process;

/// <summary>The functions of the C library that know the machine's accounts (getpwnam(3), getgrnam(3)). Names are those of C.</summary>
internal static partial class NativeMethods
{
    /// <summary>The error of a buffer that is too small, from asm-generic/errno-base.h.</summary>
    public const int ERANGE = 34;

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int getpwnam_r(string name, out passwd pwd, Span<byte> buf, nuint buflen, out nint result);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int getpwuid_r(uint uid, out passwd pwd, Span<byte> buf, nuint buflen, out nint result);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int getgrnam_r(string name, out group grp, Span<byte> buf, nuint buflen, out nint result);
}

/// <summary>This structure is from pwd.h. Its texts are in the buffer that was given with it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct @passwd
{
    public nint pw_name;
    public nint pw_passwd;
    public uint pw_uid;
    public uint pw_gid;
    public nint pw_gecos;
    public nint pw_dir;
    public nint pw_shell;
}

/// <summary>This structure is from grp.h. Its texts are in the buffer that was given with it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct @group
{
    public nint gr_name;
    public nint gr_passwd;
    public uint gr_gid;
    public nint gr_mem;
}
