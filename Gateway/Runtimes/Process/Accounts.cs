using System.Runtime.InteropServices;

namespace Gateway.Runtimes.Process;

/// <summary>An account of this machine, from wherever its name service has accounts (nsswitch.conf(5)).</summary>
/// <param name="Home">The home directory, which need not exist.</param>
internal sealed record Account(uint Uid, uint Gid, string Name, string Home);

/// <summary>Looks accounts and groups up.</summary>
internal static class Accounts
{
    private const int FirstSize = 1024;
    private const int LargestSize = 1 << 20;

    private delegate int Lookup<T>(out T found, Span<byte> buffer, out nint result);

    /// <summary>Returns the account of a name, or null if there is none.</summary>
    public static Account? Find(string name) =>
        Ask((out passwd found, Span<byte> buffer, out nint result) => NativeMethods.getpwnam_r(name, out found, buffer, (nuint)buffer.Length, out result), Of);

    /// <summary>Returns the account of a uid, or null if there is none.</summary>
    public static Account? Find(uint uid) =>
        Ask((out passwd found, Span<byte> buffer, out nint result) => NativeMethods.getpwuid_r(uid, out found, buffer, (nuint)buffer.Length, out result), Of);

    /// <summary>Returns the gid of a group's name, or null if there is none.</summary>
    public static uint? FindGroup(string name) => Ask<group, uint?>(
        (out group found, Span<byte> buffer, out nint result) => NativeMethods.getgrnam_r(name, out found, buffer, (nuint)buffer.Length, out result), static found => found.gr_gid);

    private static Account Of(passwd found) =>
        new(found.pw_uid, found.pw_gid, Marshal.PtrToStringUTF8(found.pw_name) ?? "", Marshal.PtrToStringUTF8(found.pw_dir) ?? "/");

    private static TResult? Ask<T, TResult>(Lookup<T> lookup, Func<T, TResult> read)
    {
        for (var size = FirstSize; size <= LargestSize; size *= 4)
        {
            // It must not move before its texts are read.
            var buffer = GC.AllocateUninitializedArray<byte>(size, pinned: true);
            var error = lookup(out var found, buffer, out var result);
            if (error != NativeMethods.ERANGE)
            {
                var answer = result == 0 ? default : read(found);
                GC.KeepAlive(buffer);
                return answer;
            }
        }

        return default;
    }
}
