using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Configuration;

/// <summary>Reads a configuration file, unless it is too large to be one.</summary>
internal static partial class BoundedFile
{
    /// <summary>The size of the largest file that is read, in bytes. Ten thousand functions with routes are 5 MB.</summary>
    public const int MaxSize = 64 * 1024 * 1024;

    private const int Piece = 64 * 1024;

    /// <summary>Flags of bits/fcntl-linux.h. O_NONBLOCK is set because opening a pipe that has no writer would block for ever.</summary>
    private const int O_RDONLY = 0, O_NONBLOCK = 0x800, O_CLOEXEC = 0x80000;

    /// <summary>Returns why a file of this length, in bytes, is not read, or null if it is.</summary>
    public static string? Refuse(long length) => length <= MaxSize ? null : $"is larger than {MemorySize.Format(MaxSize)}, the most that is read; is it the right file?";

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="IOException">The file cannot be opened, for lack of rights or another reason, or it cannot be read.</exception>
    /// <exception cref="FileTooLargeException">The file is larger than <see cref="MaxSize"/>, where reading stops.</exception>
    /// <exception cref="UnauthorizedAccessException">The file was opened, but the system refuses to read it.</exception>
    public static byte[] Read(string path)
    {
        using var file = new FileStream(Open(path), FileAccess.Read, bufferSize: 0);
        // A pipe or a device has no length, and a file that is being written may have grown since it was asked for.
        var length = file.CanSeek ? file.Length : 0;
        ThrowIfTooLarge(length);
        using var content = new MemoryStream((int)length);
        var piece = new byte[Piece];
        while (file.Read(piece) is var read and > 0)
        {
            ThrowIfTooLarge(content.Length + read);
            content.Write(piece, 0, read);
        }

        return content.ToArray();
    }

    // File.Open would ask for an advisory lock and fail while an editor holds one, and no event tells when the editor lets go of it.
    private static SafeFileHandle Open(string path)
    {
        var descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw new IOException(new Win32Exception(Marshal.GetLastPInvokeError()).Message);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    private static void ThrowIfTooLarge(long length)
    {
        if (Refuse(length) is { } sentence)
        {
            throw new FileTooLargeException(sentence);
        }
    }
}

/// <summary>Says that a file is too large to be a configuration. The message is a clause whose subject is the file.</summary>
internal sealed class FileTooLargeException : IOException
{
    public FileTooLargeException(string message) : base(message)
    {
    }

    public FileTooLargeException(string message, Exception innerException) : base(message, innerException)
    {
    }

    public FileTooLargeException()
    {
    }
}
