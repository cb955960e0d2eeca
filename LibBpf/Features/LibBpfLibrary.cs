using System.Runtime.InteropServices;
using LibBpf.Native;

namespace LibBpf;

/// <summary>This class gives information about the shared library libbpf.so.1 itself.</summary>
public static unsafe class LibBpfLibrary
{
    /// <summary>Gets the version of the installed libbpf, as 1.1.</summary>
    /// <exception cref="BpfException">libbpf is missing, or older than 1.0.</exception>
    public static Version Version
    {
        get
        {
            EnsureAvailable();
            return Version.Parse(Marshal.PtrToStringUTF8((nint)NativeLibBpf.libbpf_version_string())!.TrimStart('v'));
        }
    }

    /// <summary>Loads the library, so that its absence is reported here and not by the first call. Every entry point of this package does so by itself.</summary>
    /// <exception cref="BpfException">libbpf is missing, or older than 1.0.</exception>
    public static void EnsureAvailable()
    {
        try
        {
            LibBpfLog.Install();
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            throw BpfError.FromMissingLibrary(e);
        }
    }
}
