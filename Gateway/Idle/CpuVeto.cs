using System.Runtime.CompilerServices;
using Gateway.Runtimes;

namespace Gateway.Idle;

/// <summary>Finds out which share of one processor an instance uses. The first time it is watched for a second, and afterwards the time since the last look counts.</summary>
/// <param name="measure">Returns the processor time that an instance has used so far, or null if it cannot be measured.</param>
/// <param name="time">The clock.</param>
internal sealed class CpuVeto(Func<IInstance, TimeSpan?> measure, TimeProvider time)
{
    /// <summary>The shortest time over which a share is measured. Of a shorter one the kernel's own bookkeeping would be a part.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    // What was looked at so long ago says nothing of now.
    private static readonly TimeSpan s_longest = TimeSpan.FromHours(1);

    private readonly ConditionalWeakTable<IInstance, Look> _looks = [];

    /// <summary>Measures the share.</summary>
    /// <returns>A task that returns the share, or null if it cannot be measured.</returns>
    public async Task<double?> ShareAsync(IInstance instance, CancellationToken cancellationToken)
    {
        if (!_looks.TryGetValue(instance, out var last) || time.GetElapsedTime(last.At) > s_longest)
        {
            last = LookAt(instance);
        }

        if (last is null)
        {
            return null;
        }

        if (Shortest - time.GetElapsedTime(last.At) is var left && left > TimeSpan.Zero)
        {
            // A share is one of a time, and the kernel only counts what was used.
            await Task.Delay(left, time, cancellationToken);
        }

        if (LookAt(instance) is not { } now)
        {
            return null;
        }

        _looks.AddOrUpdate(instance, now);
        return (now.Used - last.Used) / time.GetElapsedTime(last.At, now.At);
    }

    private Look? LookAt(IInstance instance) => measure(instance) is { } used ? new Look(time.GetTimestamp(), used) : null;

    private sealed record Look(long At, TimeSpan Used);
}
