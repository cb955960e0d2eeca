using System.Globalization;

namespace Gateway.Lab.Benchmarks;

/// <summary>
/// Waits until the processors have next to nothing to do. After the stop of a container an engine cleans up, and nothing reports
/// when it is done; a start that is measured too early would include that. The work of another program would be included too.
/// </summary>
internal sealed class QuietMachine(TimeProvider time)
{
    private const double BusyShare = 0.25;

    /// <summary>Long enough to count in: /proc/stat has ticks of 10 ms.</summary>
    private static readonly TimeSpan s_window = TimeSpan.FromMilliseconds(60);

    /// <summary>How long it waits at most. A machine that is never quiet is measured nevertheless.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1.5);

    /// <summary>How often the machine was not quiet in the end.</summary>
    public int Busy { get; private set; }

    /// <summary>How often it waited.</summary>
    public int Count { get; private set; }

    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        Count++;
        var began = time.GetTimestamp();
        do
        {
            var (busy, all) = Read();
            await Task.Delay(s_window, time, cancellationToken);
            var (busyNow, allNow) = Read();
            if (busyNow - busy <= BusyShare * (allNow - all))
            {
                return;
            }
        }
        while (time.GetElapsedTime(began) < s_patience);
        Busy++;
    }

    /// <summary>Ticks of all processors since boot: the first line of /proc/stat, proc(5): user, nice, system, idle, iowait, ...</summary>
    private static (long Busy, long All) Read()
    {
        var ticks = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..9]
            .Select(field => long.Parse(field, CultureInfo.InvariantCulture)).ToArray();
        return (ticks.Sum() - ticks[3] - ticks[4], ticks.Sum());
    }
}
