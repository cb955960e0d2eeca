using System.Net;
using System.Net.Sockets;
using Gateway.Lab.Native;
using Gateway.Lab.Processes;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Lab.Networking;

/// <summary>
/// A network namespace without a name: this process's file descriptor and its thread inside hold it, so it ends with
/// the process however that ends. Children enter by <see cref="Path"/> with <c>nsenter --net=</c>, which, other than
/// <c>ip netns exec</c>, leaves /sys and the cgroups in it as they are.
/// </summary>
public sealed class NetworkNamespace : IDisposable
{
    private readonly NamespaceThread _thread;
    private readonly SafeFileHandle _handle;

    private NetworkNamespace(NamespaceThread thread, SafeFileHandle handle)
    {
        _thread = thread;
        _handle = handle;
        Path = $"/proc/{Environment.ProcessId}/fd/{handle.DangerousGetHandle()}";
    }

    /// <summary>The path by which any process of this machine can enter the namespace while this object lives.</summary>
    public string Path { get; }

    /// <summary>A new namespace in which nothing but <c>lo</c> exists, and is up.</summary>
    /// <exception cref="LabException">The process may not: it needs CAP_SYS_ADMIN.</exception>
    public static NetworkNamespace Create()
    {
        var made = Enter(() =>
        {
            if (LibC.unshare(LibC.CLONE_NEWNET) != 0)
            {
                throw LabException.FromErrno("Cannot make a network namespace (run as root)");
            }
        });
        made._thread.Run(() => InterfaceFlags.SetUp("lo"));
        return made;
    }

    /// <summary>A namespace that exists: <c>/proc/1/ns/net</c>, or another lab's <see cref="Path"/>.</summary>
    /// <exception cref="LabException">It is not there, or this process may not enter it.</exception>
    public static NetworkNamespace Open(string path) => Enter(() =>
    {
        using var target = OpenHandle(path);
        if (LibC.setns((int)target.DangerousGetHandle(), LibC.CLONE_NEWNET) != 0)
        {
            throw LabException.FromErrno($"Cannot enter the network namespace {path}");
        }
    });

    /// <summary>Runs <paramref name="function"/> on this namespace's thread. Keep it short: callers take turns.</summary>
    public T Run<T>(Func<T> function) => _thread.Run(function);

    /// <summary>A socket that is in this namespace for its whole life, for any thread to use.</summary>
    public Socket CreateSocket(AddressFamily family, SocketType type = SocketType.Stream, ProtocolType protocol = ProtocolType.Tcp) =>
        _thread.Run(() => new Socket(family, type, protocol));

    /// <summary>A TCP connection from this namespace. Nagle's algorithm is off.</summary>
    public async Task<Socket> ConnectAsync(IPEndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var socket = CreateSocket(endpoint.AddressFamily);
        try
        {
            socket.NoDelay = true;
            await socket.ConnectAsync(endpoint, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A listening TCP socket in this namespace.</summary>
    public Socket Listen(IPEndPoint endpoint, int backlog = 512)
    {
        var socket = CreateSocket(endpoint.AddressFamily);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.Bind(endpoint);
        socket.Listen(backlog);
        return socket;
    }

    /// <summary>Runs a program in this namespace to its end.</summary>
    public Task<CommandResult> ExecuteAsync(string fileName, params IReadOnlyList<string> arguments) =>
        Command.ExecuteAsync(new LabProcessOptions { FileName = fileName, Arguments = arguments, Namespace = this });

    /// <summary>Configures the namespace with iproute2: one command a line, without the leading <c>ip</c>; the family follows from the addresses.</summary>
    /// <exception cref="LabException">One of them failed.</exception>
    public async Task ConfigureAsync(params IReadOnlyList<string> commands)
    {
        var options = new LabProcessOptions { FileName = "ip", Arguments = ["-batch", "-"], Namespace = this };
        (await Command.ExecuteAsync(options, string.Join('\n', commands) + "\n")).ThrowIfFailed();
    }

    public void Dispose()
    {
        _thread.Dispose();
        _handle.Dispose();
    }

    private static NetworkNamespace Enter(Action enter)
    {
        var thread = new NamespaceThread("lab-netns", enter);
        try
        {
            return new NetworkNamespace(thread, thread.Run(() => OpenHandle("/proc/thread-self/ns/net")));
        }
        catch
        {
            thread.Dispose();
            throw;
        }
    }

    private static SafeFileHandle OpenHandle(string path)
    {
        var fd = LibC.open(path, LibC.O_RDONLY | LibC.O_CLOEXEC);
        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw LabException.FromErrno($"Cannot open {path}");
    }
}
