using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Runtimes.Engines.Gates;

/// <summary>Speaks with the gates.</summary>
internal sealed partial class GateDirectories
{
    /// <summary>Returns true if a gate waits there now.</summary>
    /// <exception cref="RuntimeException">The pipe is not there, so that nobody can know.</exception>
    public bool IsWaiting(string gate)
    {
        using var pipe = OpenToTell(gate);
        return !pipe.IsInvalid;
    }

    /// <summary>Tells the gate that waits there to go. Returns false if none waits.</summary>
    /// <exception cref="RuntimeException">The pipe is not there, so that nobody can tell it.</exception>
    public bool TryTell(string gate)
    {
        using var pipe = OpenToTell(gate);
        // If it ends in this moment, the write fails (EPIPE).
        return !pipe.IsInvalid && NativeMethods.write(pipe, Word, (nuint)Word.Length) == Word.Length;
    }

    /// <summary>
    /// Tells a gate to go that may not be there yet. The word is kept as long as the returned handle is open, so that if this process ends before the gate
    /// begins, the gate waits.
    /// </summary>
    /// <exception cref="GateRefusedException">The pipe is not there, or full of words.</exception>
    public SafeFileHandle TellAhead(string gate)
    {
        var pipe = Open(gate, NativeMethods.O_RDWR | NativeMethods.O_NONBLOCK);
        if (!pipe.IsInvalid && NativeMethods.write(pipe, Word, (nuint)Word.Length) == Word.Length)
        {
            return pipe;
        }

        var why = Marshal.GetLastPInvokeErrorMessage();
        pipe.Dispose();
        throw new GateRefusedException(NoPipe(gate, why).Message);
    }

    /// <summary>Waits until a gate waits there, of which the kernel tells. Returns false if none does in time.</summary>
    public async Task<bool> AwaitAsync(string gate, TimeSpan limit, CancellationToken cancellationToken)
    {
        // This open waits for a reader (fifo(7)), which is there a moment after the engine has started the container. Its thread is its own: many containers may be made at once.
        var opened = Task.Factory.StartNew(() => OpenAndClose(gate), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            return await opened.WaitAsync(limit, _time, cancellationToken);
        }
        catch (Exception error) when (error is TimeoutException or OperationCanceledException)
        {
            // A reader of our own lets the open go on, so that its thread is free again.
            using (Open(gate, NativeMethods.O_RDONLY | NativeMethods.O_NONBLOCK))
            {
                await ((Task)opened).WaitAsync(limit, _time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }

    /// <summary>Opens the pipe for the word. The handle is invalid if nobody waits there.</summary>
    private SafeFileHandle OpenToTell(string gate)
    {
        var pipe = Open(gate, NativeMethods.O_WRONLY | NativeMethods.O_NONBLOCK);
        if (!pipe.IsInvalid || Marshal.GetLastPInvokeError() == NativeMethods.ENXIO)
        {
            return pipe;
        }

        var why = Marshal.GetLastPInvokeErrorMessage();
        pipe.Dispose();
        throw NoPipe(gate, why);
    }

    private RuntimeException NoPipe(string gate, string why) => new($"{_key}: {Path.Combine(PathOf(gate), PipeName)} cannot be written to: {why}");

    private bool OpenAndClose(string gate)
    {
        using var pipe = Open(gate, NativeMethods.O_WRONLY);
        return !pipe.IsInvalid;
    }

    private SafeFileHandle Open(string gate, int flags)
    {
        var path = Path.Combine(PathOf(gate), PipeName);
        int pipe;
        do
        {
            pipe = NativeMethods.open(path, flags | NativeMethods.O_CLOEXEC);
        }
        while (pipe < 0 && Marshal.GetLastPInvokeError() == NativeMethods.EINTR);
        return new SafeFileHandle(pipe, ownsHandle: true);
    }
}
