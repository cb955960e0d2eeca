using Gateway.Runtimes.Process;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Runtimes.Engines;

/// <summary>
/// Guards a cgroup's <c>cgroup.freeze</c> while an engine resumes a container that runs already. A process that opens the file is held (fanotify(7),
/// FAN_OPEN_PERM) until the container's processes are frozen; it then reads that they are, and thaws them. This is needed because runc refuses to resume a
/// container that is not frozen. So the processes stand still only between its look and its write, not for the whole time that it runs.
/// </summary>
internal sealed class FreezerDoor : IDisposable
{
    /// <summary>The longest time that an open waits for the freeze. Nearly all processes freeze at once, but one in an uninterruptible call only after that.</summary>
    private static readonly TimeSpan FreezeLimit = TimeSpan.FromMilliseconds(100);

    /// <summary>The time after which the processes are thawed again if the file was opened only to be read.</summary>
    private static readonly TimeSpan StandstillLimit = TimeSpan.FromMilliseconds(100);

    private readonly string _place;
    private readonly SafeFileHandle _state;
    private readonly FileOpenEvents _events;
    private readonly Thread _thread;

    private FreezerDoor(string place, SafeFileHandle state, FileOpenEvents events)
    {
        (_place, _state, _events) = (place, state, events);
        _thread = new Thread(Stand) { IsBackground = true, Name = "freezer door" };
        _thread.Start();
    }

    /// <summary>Gets whether this machine allows it: the kernel has fanotify's permission events, and the process has CAP_SYS_ADMIN.</summary>
    public static bool IsAvailable { get; } = FileOpenEvents.AreAvailable();

    /// <summary>Guards the cgroup until the result is disposed. Returns null if that is not possible, or if there is no such cgroup.</summary>
    public static FreezerDoor? TryHold(string place)
    {
        var path = Path.Combine(place, UnifiedFreezer.State);
        SafeFileHandle? state = null;
        try
        {
            // Opened before the watch begins, so that this process can write while others are held.
            state = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            if (FileOpenEvents.TryWatch(path) is { } events)
            {
                return new FreezerDoor(place, state, events);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The result is null.
        }

        state?.Dispose();
        return null;
    }

    /// <summary>Stops guarding the cgroup, so that opens are no longer held.</summary>
    public void Dispose()
    {
        _events.Stop();
        _thread.Join();
        _events.Dispose();
        _state.Dispose();
    }

    private void Stand()
    {
        var (frozen, over) = (false, false);
        while (true)
        {
            switch (_events.Next(frozen && !over ? StandstillLimit : Timeout.InfiniteTimeSpan))
            {
                case FileOpenEvent.Opening when !frozen && !over:
                    frozen = TryWrite("1"u8);
                    _ = SpinWait.SpinUntil(IsFrozen, FreezeLimit);
                    break;

                case FileOpenEvent.Written:
                    // The OCI runtime has thawed the processes.
                    over = true;
                    break;

                case FileOpenEvent.None:
                    over = true;
                    TryWrite("0"u8);
                    break;

                case FileOpenEvent.Stopped:
                    return;
            }

            _events.Allow();
        }
    }

    private bool TryWrite(ReadOnlySpan<byte> state) => NativeMethods.write(_state, state, (nuint)state.Length) == state.Length;

    private bool IsFrozen()
    {
        try
        {
            return File.ReadAllText(Path.Combine(_place, "cgroup.events")).Contains("frozen 1", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // The container has ended meanwhile.
            return true;
        }
    }
}
