using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Gateway.Lab;
using Gateway.Restart;

namespace Gateway.Tests.EndToEnd;

/// <summary>
/// What systemd does for a service: hears how it is (sd_notify(3)), keeps the descriptors that the service stores (sd_pid_notify_with_fds(3)), and starts its next run with them
/// (sd_listen_fds(3)). It always reads: a socket that nobody reads takes ten messages.
/// </summary>
internal sealed partial class SocketStore : IDisposable
{
    // fcntl.h: F_DUPFD, which clears close-on-exec.
    private const int F_DUPFD = 0;

    // The copies that the next run gets have numbers from here on, so that the shell can move them to 3 and the following ones.
    private const int High = 300;

    private readonly LabDirectory _directory = LabDirectory.Create("manager");
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly DescriptorChannel _channel;
    private readonly List<(string Name, SafeHandle Descriptor)> _stored = [];
    private readonly List<string> _said = [];
    private readonly Lock _gate = new();
    private readonly Thread _reader;
    private volatile bool _isOver;

    public SocketStore()
    {
        _socket.Bind(new UnixDomainSocketEndPoint(Address));
        // As systemd's: any user's service may write to it.
        File.SetUnixFileMode(Address, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite);
        _channel = new DescriptorChannel(_socket) { Timeout = TimeSpan.FromSeconds(1) };
        _reader = new Thread(ReadOn) { IsBackground = true };
        _reader.Start();
    }

    /// <summary>The directory that <see cref="Address"/> is in.</summary>
    public string Folder => _directory.Path;

    /// <summary>What the service has said of itself until now: the lines of its messages, but for those about descriptors.</summary>
    public IReadOnlyList<string> Said
    {
        get
        {
            lock (_gate)
            {
                return [.. _said];
            }
        }
    }

    /// <summary>The value of NOTIFY_SOCKET.</summary>
    public string Address => _directory.File("notify");

    /// <summary>Reads what the service has said until now.</summary>
    /// <returns>Returns the names of what is stored.</returns>
    public IReadOnlyList<string> Read()
    {
        lock (_gate)
        {
            ReadAll();
            return [.. _stored.Select(static entry => entry.Name)];
        }
    }

    private void ReadOn()
    {
        while (!_isOver)
        {
            if (_socket.Poll(TimeSpan.FromMilliseconds(50), SelectMode.SelectRead))
            {
                lock (_gate)
                {
                    ReadAll();
                }
            }
        }
    }

    private void ReadAll()
    {
        var text = new byte[4096];
        while (_socket.Available > 0)
        {
            List<SafeHandle> descriptors = [];
            var lines = Encoding.ASCII.GetString(text, 0, _channel.ReceiveWith(text, descriptors)).Split('\n');
            if (!lines.Any(static line => line.StartsWith("FDNAME=", StringComparison.Ordinal)))
            {
                _said.AddRange(lines);
                continue;
            }

            var name = lines.Single(line => line.StartsWith("FDNAME=", StringComparison.Ordinal))["FDNAME=".Length..];
            if (lines.Contains("FDSTORE=1"))
            {
                _stored.AddRange(descriptors.Select(descriptor => (name, descriptor)));
            }
            else if (lines.Contains("FDSTOREREMOVE=1"))
            {
                _stored.Where(entry => entry.Name == name).ToList().ForEach(static entry => entry.Descriptor.Dispose());
                _stored.RemoveAll(entry => entry.Name == name);
            }
        }
    }

    /// <summary>Returns a program that runs the gateway with what is stored. It can be started until <paramref name="copies"/> are disposed of.</summary>
    public string ProgramOf(string dotnet, string gateway, out IReadOnlyList<IDisposable> copies)
    {
        SafeHandle[] made = [.. _stored.Select(static entry => new Microsoft.Win32.SafeHandles.SafeFileHandle(fcntl(entry.Descriptor, F_DUPFD, High), ownsHandle: true))];
        copies = made;
        var moves = string.Concat(made.Select(static (copy, i) => $" {3 + i}<&{copy.DangerousGetHandle()} {copy.DangerousGetHandle()}<&-"));
        var program = _directory.File("start");
        File.WriteAllText(program, $"""
            #!/usr/bin/env bash
            export LISTEN_PID=$$ LISTEN_FDS={made.Length} LISTEN_FDNAMES={string.Join(':', _stored.Select(static entry => entry.Name))}
            exec{moves}
            exec {dotnet} {gateway} "$@"

            """);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return program;
    }

    public void Dispose()
    {
        _isOver = true;
        _reader.Join();
        _stored.ForEach(static entry => entry.Descriptor.Dispose());
        _channel.Dispose();
        _directory.Dispose();
    }

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int fcntl(SafeHandle descriptor, int command, nint argument);
}
