using System.Globalization;
using Gateway.Activation.Core;
using Gateway.Configuration;

namespace Gateway.Activation;

/// <summary>Follows the function's schedule (<c>Idle:Schedule</c>), by one timer.</summary>
internal sealed partial class Function
{
    // The machine's clock may be set, of which nobody tells; it is looked at this often.
    private static readonly TimeSpan LookAtClock = TimeSpan.FromHours(1);

    private ITimer? _hours;

    // Called under the lock. The caller has to call Perform after it has left the lock.
    private void SetHoursLocked(FunctionOptions options)
    {
        var now = _services.Time.GetUtcNow();
        var state = Schedules.At(options.Idle.Schedule, now);
        var left = state.Until - now;
        var hours = HoursOf(state, left);
        if (hours.Is != _core.Hours.Is || hours.Reason != _core.Hours.Reason)
        {
            HandleLocked(new FunctionEvent.HoursSet(hours));
        }

        _hours?.Dispose();
        _hours = options.Idle.Schedule.Count > 0 && !_core.IsRetired
            ? _services.Time.CreateTimer(_ => LookAtHours(), null, (left < LookAtClock ? left.Value : LookAtClock) + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan)
            : null;
    }

    private void LookAtHours()
    {
        bool wasShut;
        lock (_gate)
        {
            wasShut = _core.IsShut;
            if (!_core.IsRetired)
            {
                SetHoursLocked(_core.Options);
            }
        }

        Perform();
        if (wasShut)
        {
            ReviveForDependents();
        }
    }

    private Hours HoursOf(ScheduleState state, TimeSpan? left)
    {
        if (state.Is is not { } what)
        {
            return Hours.None;
        }

        var until = state.Until is { } end
            ? string.Create(CultureInfo.InvariantCulture, $" until {TimeZoneInfo.ConvertTime(end, _services.Time.LocalTimeZone):yyyy-MM-dd HH:mm zzz}")
            : "";
        return new Hours(what, left is { } wait ? Now.After(wait) : null, what == ScheduleIs.Up ? $"Idle:Schedule keeps it running{until}." : $"Idle:Schedule has it down{until}.");
    }
}
