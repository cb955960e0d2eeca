using Gateway.Runtimes.Process;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Runtimes.Engines;

/// <summary>
/// Stands at a cgroup's <c>cgroup.freeze</c> while an engine resumes a container that goes on already. Whoever opens the file is stopped at the door
/// (fanotify(7), FAN_OPEN_PERM) until the processes are frozen, reads that they are, and thaws them: runc refuses to resume a container that it does not find
/// frozen. They stand still for the time between its look and its write, not for the whole of its run.
/// </summary>
internal sealed class FreezerDoor : IDisposable
{
    /// <summary>Nearly all processes freeze at once, and whoever waits at the door waits for them; not for one in an uninterruptible call, which freezes after it.</summary>
    private static readonly TimeSpan FreezeLimit = TimeSpan.FromMilliseconds(100);

    /// <summary>Somebody has only looked: they go on.</summary>
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

    /// <summary>Whether a door can be held on this machine: the kernel has fanotify's permission events, and the process CAP_SYS_ADMIN.</summary>
    public static bool IsAvailable { get; } = FileOpenEvents.AreAvailable();

    /// <summary>Holds it until disposed; null when that cannot be done, or there is no such cgroup.</summary>
    public static FreezerDoor? TryHold(string place)
    {
        var path = Path.Combine(place, UnifiedFreezer.State);
        SafeFileHandle? state = null;
        try
        {
            // Opened before the door is there, to be written to from behind it.
            state = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            if (FileOpenEvents.TryWatch(path) is { } events)
            {
                return new FreezerDoor(place, state, events);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Told by null.
        }

        state?.Dispose();
        return null;
    }

    /// <summary>Whoever comes from here on is not stopped.</summary>
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
                    // By the runtime: it has thawed them.
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
            // It has ended meanwhile.
            return true;
        }
    }
}
