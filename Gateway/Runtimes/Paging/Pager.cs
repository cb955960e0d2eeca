using System.Globalization;
using System.Text;
using Gateway.Configuration;

namespace Gateway.Runtimes.Paging;

/// <summary>Pushes the memory of one frozen instance out to swap, a piece after the other, so that a wake need not wait for the rest.</summary>
/// <param name="turn">The turn among all instances of the runtime.</param>
/// <param name="refuse">Takes why it cannot be done, in one sentence without a full stop.</param>
internal sealed class Pager(SemaphoreSlim turn, Action<string> refuse)
{
    /// <summary>The file of a cgroup that takes how many bytes the kernel is to reclaim of it. The write fails with EAGAIN if it were fewer.</summary>
    public const string Reclaim = "memory.reclaim";

    /// <summary>The bytes of a piece. A wake may have to wait for one: 20 ms at 200 MB/s.</summary>
    private const long Piece = 4 << 20;

    /// <summary>Memory that no file backs of less than this is not worth a tier.</summary>
    private const long Little = 1 << 20;

    /// <summary>How many pieces in a row may bring nothing. The first ones find pages that were used a moment ago, and only mark them.</summary>
    private const int MostInVain = 4;

    private readonly Lock _gate = new();
    private CancellationTokenSource? _push;

    // Whether an interruption came before the push, while the instance drained or was frozen. It holds for that push alone.
    private bool _isWanted;

    /// <summary>Pushes out what it can.</summary>
    /// <param name="cgroups">Directories one of which is the instance's cgroup.</param>
    /// <returns>Returns false if it was interrupted, also ahead, or could not be done.</returns>
    public async Task<bool> TryPushAsync(IEnumerable<string> cgroups)
    {
        using var push = new CancellationTokenSource();
        lock (_gate)
        {
            if (_isWanted)
            {
                _isWanted = false;
                return false;
            }

            _push = push;
        }

        try
        {
            if (cgroups.FirstOrDefault(static cgroup => File.Exists(Path.Combine(cgroup, Reclaim))) is not { } cgroup)
            {
                refuse("it has no cgroup whose memory the kernel could push out");
                return false;
            }

            await turn.WaitAsync(push.Token);
            try
            {
                // Its writes are as slow as what is swapped to.
                return await Task.Factory.StartNew(() => Push(cgroup, push.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            }
            finally
            {
                turn.Release();
            }
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
        {
            // It is wanted, or the gateway ends.
            return false;
        }
        finally
        {
            lock (_gate)
            {
                _push = null;
            }
        }
    }

    /// <summary>Ends a push that is under way, or keeps the next one from beginning, because the instance is wanted, or is to end. It does not block.</summary>
    public void Interrupt()
    {
        lock (_gate)
        {
            _isWanted = _push is null;
            _push?.Cancel();
        }
    }

    /// <summary>Notes that the instance runs, so that nothing that came before has to do with its next rest.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            _isWanted = false;
        }
    }

    private bool Push(string cgroup, CancellationToken cancellationToken)
    {
        try
        {
            var before = Unbacked(cgroup);
            var left = Number(cgroup, "memory.current");
            for (var vain = 0; left > 0 && vain < MostInVain;)
            {
                if (cancellationToken.IsCancellationRequested)
                {
                    return false;
                }

                TryReclaim(cgroup, Math.Min(Piece, left));
                var now = Number(cgroup, "memory.current");
                vain = now < left ? 0 : vain + 1;
                left = now;
            }

            var after = Unbacked(cgroup);
            if (after <= Math.Max(before / 2, Little))
            {
                return true;
            }

            refuse($"the kernel has pushed out {MemorySize.Format(Math.Max(0, before - after))} of {MemorySize.Format(before)}; is there room in swap, and may it use some (memory.swap.max)?");
            return false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            if (Directory.Exists(cgroup))
            {
                refuse($"its memory could not be pushed out: {error.Message.TrimEnd('.')}");
            }

            return false;
        }
    }

    private static void TryReclaim(string cgroup, long bytes)
    {
        // That it cannot be opened (a hierarchy that can only be read) is another matter than what the write says.
        using var file = new FileStream(Path.Combine(cgroup, Reclaim), FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        try
        {
            file.Write(Encoding.ASCII.GetBytes(bytes.ToString(CultureInfo.InvariantCulture)));
        }
        catch (IOException) when (Directory.Exists(cgroup))
        {
            // EAGAIN: it was less than that, which the caller sees by what is left.
        }
    }

    /// <summary>Reads how much of a cgroup's memory no file backs.</summary>
    private static long Unbacked(string cgroup)
    {
        const string Anonymous = "anon ";
        var line = File.ReadLines(Path.Combine(cgroup, "memory.stat")).First(static line => line.StartsWith(Anonymous, StringComparison.Ordinal));
        return long.Parse(line.AsSpan(Anonymous.Length), CultureInfo.InvariantCulture);
    }

    private static long Number(string cgroup, string file) => long.Parse(File.ReadAllText(Path.Combine(cgroup, file)), CultureInfo.InvariantCulture);
}
