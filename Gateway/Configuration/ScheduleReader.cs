using System.Globalization;
using Gateway.Configuration.Schema;

namespace Gateway.Configuration;

/// <summary>Reads <c>Idle:Schedule</c>.</summary>
internal static class ScheduleReader
{
    private const int MaxWindows = 50;
    private const string EndOfDay = "24:00";
    private static readonly string[] s_days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    private static readonly string s_day = $"(?:{string.Join('|', s_days.Select(TextFormat.AnyCase))})";
    private static readonly TextFormat s_span = new($"^{s_day}(?:-{s_day})?$", "Mon-Fri", "Sat");
    private static readonly TextFormat s_from = new("^(?:[01][0-9]|2[0-3]):[0-5][0-9]$", "08:00");
    private static readonly TextFormat s_to = new("^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", "18:00");

    /// <summary>Reads the list.</summary>
    /// <param name="idle">The function's <c>Idle</c> section.</param>
    public static ValueList<ScheduleWindow> Read(SectionReader idle)
    {
        var entries = idle.Objects("Schedule");
        if (entries.Count > MaxWindows)
        {
            idle.Error("Schedule", string.Create(CultureInfo.InvariantCulture, $"there are {entries.Count} entries, and {MaxWindows} are the most."));
        }

        return entries.Count == 0 ? ValueList<ScheduleWindow>.Empty : new ValueList<ScheduleWindow>(entries.Take(MaxWindows).Select(Window));
    }

    private static ScheduleWindow Window(SectionReader entry)
    {
        var defaults = new ScheduleWindow { Zone = TimeZoneInfo.Local };
        var window = defaults with
        {
            Days = Days(entry) ?? defaults.Days,
            From = Time(entry, "From", s_from) ?? defaults.From,
            To = Time(entry, "To", s_to) ?? defaults.To,
            Zone = Zone(entry) ?? defaults.Zone,
        };
        if (!entry.HasNeeded("Is") && entry.Node is not { HasChildren: false, Value.Length: > 0 })
        {
            entry.Error("Is", "is it kept running in that time, or may it not run? Write \"Up\" or \"Down\".");
        }

        window = window with { Is = entry.Word<ScheduleIs>("Is") ?? defaults.Is };
        if (window.From == window.To)
        {
            entry.Error("To", "it ends when it begins; leave From and To out for the whole day.");
        }

        entry.End();
        return window;
    }

    private static int? Days(SectionReader entry)
    {
        if (entry.IsText("Days"))
        {
            return DaysOf(entry.Text("Days", s_span)!, mistake => entry.Error("Days", mistake));
        }

        var days = 0;
        foreach (var item in entry.List("Days", s_span))
        {
            days |= DaysOf(item.Value, mistake => entry.Error(item, mistake));
        }

        return days == 0 ? null : days;
    }

    private static int DaysOf(string text, Action<string> refuse)
    {
        var ends = text.Split('-');
        var (first, last) = (Find(ends[0]), Find(ends[^1]));
        if (ends.Length > 2 || first < 0 || last < 0)
        {
            refuse($"{ReadContext.Quote(text)} is neither a day nor a range of days; write e.g. \"Mon\" or \"Mon-Fri\", by {string.Join(", ", s_days)}.");
            return 0;
        }

        var days = 0;
        for (var day = first; ; day = (day + 1) % s_days.Length)
        {
            days |= 1 << day;
            if (day == last)
            {
                return days;
            }
        }

        static int Find(string word) => Array.FindIndex(s_days, day => day.Equals(word, StringComparison.OrdinalIgnoreCase));
    }

    private static TimeSpan? Time(SectionReader entry, string key, TextFormat format)
    {
        if (entry.Text(key, format) is not { } text)
        {
            return null;
        }

        if (key == "To" && text == EndOfDay)
        {
            return ScheduleWindow.EndOfDay;
        }

        if (TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
        {
            return time.ToTimeSpan();
        }

        entry.Error(key, $"{ReadContext.Quote(text)} is not a time of the day from 00:00 to {(key == "To" ? EndOfDay : "23:59")}; write e.g. \"{(key == "To" ? "18:00" : "08:00")}\".");
        return null;
    }

    private static TimeZoneInfo? Zone(SectionReader entry)
    {
        if (entry.Text("TimeZone") is not { } id)
        {
            return null;
        }

        if (TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone))
        {
            return zone;
        }

        var near = Suggestion.For(id, [.. TimeZoneInfo.GetSystemTimeZones().Select(static known => known.Id)]);
        entry.Error("TimeZone", $"{ReadContext.Quote(id)} is no time zone that this machine knows{(near is null ? "; write a name of the tz database, e.g. \"Europe/Berlin\" (timedatectl list-timezones has all)." : $"; did you mean '{near}'?")}");
        return null;
    }
}
