namespace Gateway.Configuration;

/// <summary>What a window of <c>Idle:Schedule</c> says.</summary>
internal enum ScheduleIs
{
    /// <summary>The function is kept running.</summary>
    Up,

    /// <summary>The function may not run.</summary>
    Down,
}

/// <summary>What the windows of a function say of one moment.</summary>
/// <param name="Is">What they say; <see cref="ScheduleIs.Down"/> where windows of both kinds meet, and null outside of all.</param>
/// <param name="Until">When they say something else, or null if they never do.</param>
internal readonly record struct ScheduleState(ScheduleIs? Is, DateTimeOffset? Until);

/// <summary>One entry of <c>Idle:Schedule</c>: a time of some days of the week.</summary>
internal sealed record ScheduleWindow
{
    /// <summary>A day, which is what a window lasts that ends when the day does.</summary>
    public static readonly TimeSpan EndOfDay = TimeSpan.FromDays(1);

    /// <summary>The days on which the window begins, one bit each, <see cref="DayOfWeek.Sunday"/> the lowest.</summary>
    public int Days { get; init; } = 0b111_1111;

    /// <summary>When it begins, by the clock of the zone: 00:00 to 23:59.</summary>
    public TimeSpan From { get; init; }

    /// <summary>When it ends, 00:01 to 24:00. If that is not after <see cref="From"/>, it is the next day.</summary>
    public TimeSpan To { get; init; } = EndOfDay;

    /// <summary>The zone whose clock counts.</summary>
    public required TimeZoneInfo Zone { get; init; }

    /// <summary>What it says.</summary>
    public ScheduleIs Is { get; init; }

    /// <summary>
    /// Returns when the window begins and ends that begins on a date, or null if none does. A time that the clock skips is the moment of the skip, and of one that it shows twice the
    /// first counts.
    /// </summary>
    public (DateTimeOffset Begin, DateTimeOffset End)? On(DateTime date)
    {
        if ((Days & (1 << (int)date.DayOfWeek)) == 0)
        {
            return null;
        }

        var (begin, end) = (Instant(date + From), Instant(date + To + (To > From ? TimeSpan.Zero : EndOfDay)));
        return begin < end ? (begin, end) : null;
    }

    private DateTimeOffset Instant(DateTime local)
    {
        if (Zone.IsInvalidTime(local))
        {
            // Clocks that go forward do so by at most a few hours. Before the skip the offset is the one of before.
            var before = Zone.GetUtcOffset(local - TimeSpan.FromDays(1));
            var after = Zone.GetUtcOffset(local + TimeSpan.FromDays(1));
            return FirstAfter(new DateTimeOffset(local, before) - (after - before), new DateTimeOffset(local, before));
        }

        return new DateTimeOffset(local, Zone.IsAmbiguousTime(local) ? Zone.GetAmbiguousTimeOffsets(local).Max() : Zone.GetUtcOffset(local));
    }

    // Finds the skip, which is where the offset changes, to the second.
    private DateTimeOffset FirstAfter(DateTimeOffset low, DateTimeOffset high)
    {
        var (last, first) = (low.ToUnixTimeSeconds(), high.ToUnixTimeSeconds());
        var offset = Zone.GetUtcOffset(low);
        while (first - last > 1)
        {
            var middle = last + ((first - last) / 2);
            (last, first) = Zone.GetUtcOffset(DateTimeOffset.FromUnixTimeSeconds(middle)) == offset ? (middle, first) : (last, middle);
        }

        return DateTimeOffset.FromUnixTimeSeconds(first);
    }
}

/// <summary>Calculates with the windows of a schedule.</summary>
internal static class Schedules
{
    // A week, and the days that zones and windows over midnight may be apart.
    private const int DaysBefore = 2, DaysAfter = 9;

    /// <summary>Returns what the windows say of a moment.</summary>
    public static ScheduleState At(IReadOnlyList<ScheduleWindow> windows, DateTimeOffset now)
    {
        if (windows.Count == 0)
        {
            return default;
        }

        List<(DateTimeOffset Begin, DateTimeOffset End, ScheduleIs Is)> all = [];
        foreach (var window in windows)
        {
            var today = TimeZoneInfo.ConvertTime(now, window.Zone).Date;
            for (var day = -DaysBefore; day <= DaysAfter; day++)
            {
                if (window.On(today.AddDays(day)) is { } on && on.End > now)
                {
                    all.Add((on.Begin, on.End, window.Is));
                }
            }
        }

        var current = IsAt(now);
        var horizon = now.AddDays(DaysAfter - 1);
        var changes = all.SelectMany(static window => (DateTimeOffset[])[window.Begin, window.End]).Where(at => at > now && at < horizon).Distinct().Order();
        foreach (var at in changes)
        {
            if (IsAt(at) != current)
            {
                return new ScheduleState(current, at);
            }
        }

        return new ScheduleState(current, Until: null);

        ScheduleIs? IsAt(DateTimeOffset moment)
        {
            ScheduleIs? found = null;
            foreach (var (begin, end, what) in all)
            {
                if (begin <= moment && moment < end && found != ScheduleIs.Down)
                {
                    found = what;
                }
            }

            return found;
        }
    }
}
