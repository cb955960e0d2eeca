namespace Gateway.Telemetry.Requests;

/// <summary>
/// What the requests of one function were like in the last minute: how many there were each second, how many failed, and how long they took. Recording takes no lock, so
/// requests that end while a second or a period begins may be counted in the one before it.
/// </summary>
internal sealed class RecentRequests
{
    /// <summary>How many seconds are remembered.</summary>
    public const int Seconds = 60;

    // Two periods of half that time: the durations are of at least the last half minute, and of no more than the last minute.
    private const int Period = Seconds / 2;

    private readonly Second[] _seconds = new Second[Seconds];
    private readonly Durations[] _periods = [new(), new()];
    private long _last = -Seconds - 1;

    /// <summary>Records a request that has ended.</summary>
    /// <param name="second">The second in which it ended, of a clock that does not go back.</param>
    /// <param name="isError">Whether its status is 500 or higher.</param>
    /// <param name="duration">How long it took; null if that says nothing.</param>
    public void Add(long second, bool isError, TimeSpan? duration)
    {
        Volatile.Write(ref _last, second);
        ref var slot = ref _seconds[second % Seconds];
        if (Begins(ref slot.Stamp, second))
        {
            slot.Requests = slot.Errors = 0;
        }

        Interlocked.Increment(ref slot.Requests);
        if (isError)
        {
            Interlocked.Increment(ref slot.Errors);
        }

        if (duration is { } time)
        {
            var number = second / Period;
            var period = _periods[number % 2];
            if (Begins(ref period.Stamp, number))
            {
                Array.Clear(period.Counts);
            }

            Interlocked.Increment(ref period.Counts[Durations.PlaceOf(time)]);
        }
    }

    /// <summary>Returns whether there may have been a request in the last minute.</summary>
    /// <param name="second">The second that is now.</param>
    public bool IsBusy(long second) => second - Volatile.Read(ref _last) <= Seconds;

    /// <summary>Returns what the last minute was like, or null if it had no request.</summary>
    /// <param name="second">The second that is now. It is not shown, because it is not over.</param>
    public RecentTraffic? Read(long second)
    {
        var requests = new int[Seconds];
        var (all, errors) = (0, 0);
        for (var i = 0; i < Seconds; i++)
        {
            ref var slot = ref _seconds[(second + i) % Seconds];
            if (Volatile.Read(ref slot.Stamp) == second - Seconds + i)
            {
                requests[i] = slot.Requests;
                errors += slot.Errors;
            }

            all += requests[i];
        }

        if (all == 0)
        {
            return null;
        }

        var counts = new long[Durations.Places];
        foreach (var period in _periods.Where(period => period.Stamp >= (second / Period) - 1))
        {
            for (var i = 0; i < counts.Length; i++)
            {
                counts[i] += period.Counts[i];
            }
        }

        return new RecentTraffic(requests, errors, Durations.Quantile(counts, .5), Durations.Quantile(counts, .99));
    }

    // Whoever sees a new second or period first clears what was there a round ago.
    private static bool Begins(ref long stamp, long now)
    {
        var before = Volatile.Read(ref stamp);
        return before < now && Interlocked.CompareExchange(ref stamp, now, before) == before;
    }

    private struct Second
    {
        public long Stamp;
        public int Requests;
        public int Errors;
    }

    // Eight places for each power of two of microseconds, so that a place is an eighth wide at most; HdrHistogram's layout.
    private sealed class Durations
    {
        public const int Places = (Powers + 1) * PerPower;

        private const int PerPower = 8, Powers = 30;

        public readonly int[] Counts = new int[Places];
        public long Stamp = -1;

        public static int PlaceOf(TimeSpan time)
        {
            var microseconds = (ulong)Math.Clamp(time.TotalMicroseconds, 0, 1L << 31);
            if (microseconds < PerPower)
            {
                return (int)microseconds;
            }

            var power = System.Numerics.BitOperations.Log2(microseconds);
            return Math.Min(Places - 1, ((power - 2) * PerPower) + (int)((microseconds >> (power - 3)) & (PerPower - 1)));
        }

        /// <summary>Returns the middle of the place that a quantile is in; null if nothing was counted.</summary>
        public static TimeSpan? Quantile(long[] counts, double quantile)
        {
            var rank = (long)Math.Ceiling(counts.Sum() * quantile);
            for (var place = 0; rank > 0 && place < counts.Length; place++)
            {
                if ((rank -= counts[place]) <= 0)
                {
                    var (from, to) = (LowestOf(place), LowestOf(place + 1));
                    return TimeSpan.FromMicroseconds((from + to) / 2.0);
                }
            }

            return null;
        }

        private static long LowestOf(int place) => place < PerPower ? place : (long)(PerPower + (place % PerPower)) << ((place / PerPower) - 1);
    }
}

/// <summary>The last minute of a function.</summary>
/// <param name="Requests">How many requests ended in each second, the oldest first.</param>
/// <param name="Errors">How many of them had a status of 500 or higher.</param>
/// <param name="Median">What half of the last ones took at most, within a sixteenth; null if none of them has a duration.</param>
/// <param name="P99">What 99 of 100 took at most.</param>
internal sealed record RecentTraffic(IReadOnlyList<int> Requests, int Errors, TimeSpan? Median, TimeSpan? P99);
