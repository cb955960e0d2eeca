using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Configuration;

/// <summary>Reads a configuration's file, if it is one that somebody may have meant.</summary>
internal static partial class BoundedFile
{
    /// <summary>In bytes. Ten thousand functions with routes are 5 MB.</summary>
    public const int MaxSize = 64 * 1024 * 1024;

    private const int Piece = 64 * 1024;

    /// <summary>bits/fcntl-linux.h; not to block, because a pipe without a writer would for ever.</summary>
    private const int O_RDONLY = 0, O_NONBLOCK = 0x800, O_CLOEXEC = 0x80000;

    /// <summary>Why a file of this length is not read; null when it is.</summary>
    public static string? Refuse(long length) => length <= MaxSize ? null : $"is larger than {MemorySize.Format(MaxSize)}, the most that is read; is it the right file?";

    /// <exception cref="IOException">It cannot be read, or is too large; then little of it has been.</exception>
    /// <exception cref="UnauthorizedAccessException">This process may not read it.</exception>
    public static byte[] Read(string path)
    {
        using var file = new FileStream(Open(path), FileAccess.Read, bufferSize: 0);
        // What is no regular file has no length, and one that is being written has more than it had.
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

    // Not File.Open: that asks for an advisory lock and fails while an editor has one, and no event tells when it has let go.
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

/// <summary>A file is larger than any that somebody may have meant; the message is a sentence about it.</summary>
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
