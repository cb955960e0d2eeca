using System.ComponentModel;
using System.Runtime.InteropServices;
using Gateway.Configuration;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Telemetry.AccessLogs;

/// <summary>
/// The file, or the standard output, to whose end lines are written, wherever another gateway has put it meanwhile. A file that was renamed or removed, as logrotate(8)
/// does, is opened anew; one that was truncated goes on.
/// </summary>
internal sealed partial class AccessLogTarget(string contentRoot) : IDisposable
{
    /// <summary>How many bytes are written at once, about.</summary>
    public const int LargestWrite = 64 * 1024;

    /// <summary>asm-generic/fcntl.h. .NET's own way to append remembers where the end was.</summary>
    private const int O_WRONLY = 1, O_CREAT = 0x40, O_APPEND = 0x400, O_CLOEXEC = 0x80000;

    /// <summary>What clients asked for is not for every user of the machine.</summary>
    private const uint Mode = 0b110_100_000;

    private static readonly byte[] s_endOfLine = "\n"u8.ToArray();

    private Stream? _stream;
    private string? _path;
    private string? _place;
    private bool _isTorn;

    /// <summary>Appends lines.</summary>
    /// <exception cref="IOException">The file cannot be opened or written.</exception>
    public async Task WriteAsync(string path, ReadOnlyMemory<byte> lines)
    {
        if (_stream is null || path != _path || IsReplaced())
        {
            Dispose();
            _stream = path == AccessLogOptions.StandardOutput ? Console.OpenStandardOutput() : Open(Path.GetFullPath(path, contentRoot));
            (_path, _place) = (path, PlaceOf(_stream));
        }

        try
        {
            if (_isTorn)
            {
                await _stream.WriteAsync(s_endOfLine);
            }

            _isTorn = true;
            await _stream.WriteAsync(lines);
            await _stream.FlushAsync();
            _isTorn = false;
        }
        catch (IOException)
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Closes it, until the next line.</summary>
    public void Dispose()
    {
        _stream?.Dispose();
        _stream = null;
    }

    private static FileStream Open(string path)
    {
        var descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, Mode);
        if (descriptor < 0)
        {
            throw new IOException(new Win32Exception(Marshal.GetLastPInvokeError()).Message);
        }

        return new FileStream(new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.Write, bufferSize: 0);
    }

    // proc_pid_fd(5): where the file is now, or was when it was removed.
    private static string? PlaceOf(Stream stream) =>
        stream is FileStream file ? new FileInfo($"/proc/self/fd/{file.SafeFileHandle.DangerousGetHandle()}").LinkTarget : null;

    private bool IsReplaced() => PlaceOf(_stream!) != _place;

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int open(string path, int flags, uint mode);
}
