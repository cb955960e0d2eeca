using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Gateway.Listening;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Restart;

/// <summary>
/// The service manager (systemd): it is told how the service is (sd_notify(3)), and starts the gateway with sockets, those of a .socket unit or those that an earlier gateway left in
/// its file descriptor store (sd_listen_fds(3), sd_pid_notify_with_fds(3), "FDSTORE=1").
/// </summary>
internal static partial class ServiceManager
{
    /// <summary>What the names of descriptors begin with that a gateway has stored. Others are a .socket unit's.</summary>
    private const string Prefix = "headstart-";

    private const string Steering = Prefix + "steering";

    /// <summary>SD_LISTEN_FDS_START of sd-daemon.h.</summary>
    private const int First = 3;

    // fcntl.h
    private const int F_SETFD = 2, FD_CLOEXEC = 1;

    /// <summary>How long what is to be kept waits for a manager that does not read. The end of the gateway waits for it.</summary>
    private static readonly TimeSpan Promptness = TimeSpan.FromSeconds(2);

    private static readonly Lock s_gate = new();

    private static Task s_told = Task.CompletedTask;

    private static readonly string? s_address = Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is { Length: > 0 } address ? address : null;

    /// <summary>Gets whether a service manager is there that can be told something.</summary>
    public static bool IsThere => s_address is not null;

    /// <summary>
    /// Tells the manager, if there is one, how the service is, after all that it was told before. Nobody waits: for a manager that does not read, another thread does. One
    /// that does not listen any more is not told.
    /// </summary>
    /// <param name="state">Assignments of sd_notify(3), one a line.</param>
    public static void Tell(string state)
    {
        if (!IsThere)
        {
            return;
        }

        lock (s_gate)
        {
            if (!s_told.IsCompleted || !TrySend(state))
            {
                s_told = SendAsync(s_told, state);
            }
        }
    }

    /// <summary>The same, of what may be left out.</summary>
    /// <returns>Returns false if the manager has yet to read what it was told before, and so was not told.</returns>
    public static bool TryTell(string state)
    {
        if (!IsThere)
        {
            return true;
        }

        lock (s_gate)
        {
            return s_told.IsCompleted && TrySend(state);
        }
    }

    /// <summary>Takes the sockets that this process was started with.</summary>
    /// <param name="sockets">Gets the listening ones.</param>
    /// <returns>Returns how many there were, and what steers to them, if that is among them.</returns>
    public static (int Sockets, SafeHandle? Steering) Take(ListeningSockets sockets)
    {
        if (Number("LISTEN_PID") != Environment.ProcessId || Number("LISTEN_FDS") is not { } count)
        {
            return (0, null);
        }

        var names = (Environment.GetEnvironmentVariable("LISTEN_FDNAMES") ?? "").Split(':');
        var taken = 0;
        SafeHandle? steering = null;
        for (var i = 0; i < count; i++)
        {
            var descriptor = new SafeFileHandle(First + i, ownsHandle: true);
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC);
            var name = i < names.Length ? names[i] : "";
            if (name == Steering)
            {
                steering = descriptor;
            }
            else if (ListeningSockets.Of(descriptor) is { } socket)
            {
                // A name may not have a colon, so a socket that is bound to an address is found by that.
                var steered = name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : "";
                sockets.Inherit(steered.Length > 0 ? steered : ListeningSockets.NameOf(socket.LocalEndPoint!), socket);
                taken++;
            }
        }

        // What the gateway starts is not meant.
        Array.ForEach(["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"], static variable => Environment.SetEnvironmentVariable(variable, null));
        return (taken, steering);
    }

    /// <summary>Has the manager keep descriptors until the next gateway starts. One that keeps none closes them.</summary>
    /// <param name="open">The listening sockets.</param>
    /// <param name="steering">What steers to them; null if nothing does.</param>
    /// <exception cref="SocketException">The manager cannot be told.</exception>
    /// <exception cref="TimeoutException">It does not read what it was told before.</exception>
    public static async Task StoreAsync(IReadOnlyList<(string Name, Socket Socket)> open, SafeHandle? steering)
    {
        Task told;
        lock (s_gate)
        {
            told = s_told;
        }

        await told.WaitAsync(Promptness, TimeProvider.System);
        await Task.Run(() => Store(open, steering));
    }

    /// <summary>Has the manager forget what it kept, once the sockets are in use. Else it would keep those that a reload closes.</summary>
    public static void Forget()
    {
        foreach (var name in (string[])[.. ListeningSockets.SteeredNames.Select(static steered => Prefix + steered), "listen", Steering])
        {
            Tell($"FDSTOREREMOVE=1\nFDNAME={name}");
        }
    }

    private static void Store(IReadOnlyList<(string Name, Socket Socket)> open, SafeHandle? steering)
    {
        using var manager = Connect();
        using var channel = new DescriptorChannel(manager) { Timeout = Promptness };
        foreach (var (name, socket) in open)
        {
            Store(channel, ListeningSockets.SteeredNames.Contains(name, StringComparer.Ordinal) ? Prefix + name : "listen", socket.SafeHandle);
        }

        if (steering is not null)
        {
            Store(channel, Steering, steering);
        }
    }

    // The manager is not to wait for events: they are listening sockets, which have none that end them, and a link, which cannot be waited for.
    private static void Store(DescriptorChannel channel, string name, SafeHandle descriptor) =>
        channel.SendMessage(Encoding.ASCII.GetBytes($"FDSTORE=1\nFDNAME={name}\nFDPOLL=0"), descriptor);

    /// <returns>Returns false if the manager has yet to read what it was told before.</returns>
    private static bool TrySend(string state)
    {
        try
        {
            using var manager = Connect();
            manager.Blocking = false;
            manager.Send(Encoding.UTF8.GetBytes(state), SocketFlags.None, out var error);
            return error != SocketError.WouldBlock;
        }
        catch (SocketException)
        {
            // It does not listen, and nothing of the gateway depends on it.
            return true;
        }
    }

    private static async Task SendAsync(Task before, string state)
    {
        await before;
        await Task.Run(() =>
        {
            try
            {
                using var manager = Connect();
                manager.Send(Encoding.UTF8.GetBytes(state));
            }
            catch (SocketException)
            {
                // As above.
            }
        });
    }

    private static Socket Connect()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            // sd_notify(3): '@' stands for the NUL of an abstract address.
            socket.Connect(new UnixDomainSocketEndPoint(s_address![0] == '@' ? '\0' + s_address[1..] : s_address));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int fcntl(SafeHandle descriptor, int command, nint argument);
}
