using System.Runtime.InteropServices;
using Gateway.Configuration;

namespace Gateway.Activation.Scaling;

/// <summary>
/// Follows a function's load, which is how many requests wait or are being answered, at each change of it. A change costs the same however long the windows
/// are and however many requests there are. It is thread-safe.
/// </summary>
internal sealed class LoadHistory
{
    private readonly Lock _gate = new();
    private readonly LoadWindow _stable;
    private readonly LoadWindow _panic;
    private int _load;
    private long _last;
    private long _area;

    /// <param name="scale">The settings, which have the windows.</param>
    /// <param name="load">The load at the begin.</param>
    /// <param name="now">The time, by <see cref="TimeProvider.GetTimestamp"/>.</param>
    /// <param name="frequency">How many units of that there are in a second.</param>
    public LoadHistory(ScaleOptions scale, int load, long now, long frequency)
    {
        _stable = new LoadWindow((long)(scale.Window.TotalSeconds * frequency));
        _panic = new LoadWindow((long)(scale.PanicWindow.TotalSeconds * frequency));
        Begin(load, now);
    }

    /// <summary>Forgets all before now.</summary>
    public void Begin(int load, long now)
    {
        lock (_gate)
        {
            (_load, _last, _area) = (load, now, 0);
            _stable.Begin(now, 0);
            _panic.Begin(now, 0);
        }
    }

    /// <summary>Changes the load, and returns what it is then.</summary>
    public int Change(int change, long now)
    {
        lock (_gate)
        {
            Advance(now);
            return _load = Math.Max(0, _load + change);
        }
    }

    /// <summary>Returns the averages over both windows.</summary>
    /// <param name="load">The load as it was counted now, in case a change was missed during a reload, or is about to be told.</param>
    /// <param name="now">The time.</param>
    public Averages Read(int load, long now)
    {
        lock (_gate)
        {
            Advance(now);
            _load = load;
            return new Averages(_stable.Average(_last, _area, load), _panic.Average(_last, _area, load));
        }
    }

    // Threads may bring their times in another order than they come in.
    private void Advance(long now)
    {
        if (now > _last)
        {
            // It may wrap around, which the difference of two areas does not mind.
            _area = unchecked(_area + (_load * (now - _last)));
            _last = now;
            _stable.Note(now, _area);
            _panic.Note(now, _area);
        }
    }

    /// <summary>The averages of a load over both windows.</summary>
    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct Averages(double Stable, double Panic);
}
