using System.Formats.Tar;

namespace Gateway.Runtimes.Engines.Gates;

/// <summary>The files of <c>knock.c</c> in a container's root, as the archives that engines take and give.</summary>
internal static class GateArchive
{
    /// <summary>The folder of both files.</summary>
    public const string Folder = "/.headstart";

    /// <summary>The gate's program in a container.</summary>
    public const string Program = $"{Folder}/knock";

    /// <summary>The file with what the gate is told before its start. The gate is the container's user and has to read it; it is worth nothing once the gate has gone.</summary>
    public const string Word = $"{Folder}/word";

    private const UnixFileMode Read = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Entered = Read | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Returns the archive with both files, to be unpacked in the container's root.</summary>
    public static Stream Pack(byte[] program, byte[] word)
    {
        var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, TarEntryFormat.Ustar, leaveOpen: true))
        {
            writer.WriteEntry(Entry(TarEntryType.Directory, Folder, Entered));
            writer.WriteEntry(File(Program, Entered, program));
            writer.WriteEntry(File(Word, Read, word));
        }

        archive.Position = 0;
        return archive;
    }

    /// <summary>Returns the content of the only file in an archive, or null if it is not as long as that.</summary>
    /// <param name="length">The length in bytes.</param>
    public static async Task<byte[]?> UnpackAsync(Stream archive, int length, CancellationToken cancellationToken)
    {
        await using var reader = new TarReader(archive);
        try
        {
            if (await reader.GetNextEntryAsync(copyData: false, cancellationToken) is not { DataStream: { } data } entry || entry.Length != length)
            {
                return null;
            }

            var content = new byte[length];
            await data.ReadExactlyAsync(content, cancellationToken);
            return content;
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException)
        {
            return null;
        }
    }

    private static UstarTarEntry File(string path, UnixFileMode mode, byte[] content)
    {
        var entry = Entry(TarEntryType.RegularFile, path, mode);
        entry.DataStream = new MemoryStream(content);
        return entry;
    }

    private static UstarTarEntry Entry(TarEntryType type, string path, UnixFileMode mode) =>
        new(type, path.TrimStart('/')) { Mode = mode, ModificationTime = DateTimeOffset.UnixEpoch };
}
