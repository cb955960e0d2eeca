namespace Gateway.Activation.Scaling;

/// <summary>
/// Averages a load over the time that has just passed. It keeps the load's area (the load times its duration, summed up) at some points of that time, so that an
/// average is exact but for what happened between the two points around the window's far end.
/// </summary>
/// <param name="length">The length of the window, in the units of the times that it is given.</param>
internal sealed class LoadWindow(long length)
{
    private const int Parts = 64;

    // So many points, each a part of the window after the one before it, reach beyond the window.
    private readonly (long Time, long Area)[] _points = new (long, long)[Parts + 2];
    private int _first;
    private int _count;

    /// <summary>Forgets all before a moment.</summary>
    public void Begin(long time, long area)
    {
        (_first, _count) = (0, 0);
        Add(time, area);
    }

    /// <summary>Notes the area up to a moment, if the last point is old enough.</summary>
    public void Note(long time, long area)
    {
        if (time - At(_count - 1).Time >= Math.Max(1, length / Parts))
        {
            Add(time, area);
        }
    }

    /// <summary>Returns the average over the window that ends now.</summary>
    /// <param name="time">The time.</param>
    /// <param name="area">The area up to now.</param>
    /// <param name="load">The load now, which is the average of no time at all.</param>
    public double Average(long time, long area, int load)
    {
        var begin = time - length;
        while (_count > 1 && At(1).Time <= begin)
        {
            _first = (_first + 1) % _points.Length;
            _count--;
        }

        var oldest = At(0);
        if (oldest.Time >= begin)
        {
            return time > oldest.Time ? (area - oldest.Area) / (double)(time - oldest.Time) : load;
        }

        var next = _count > 1 ? At(1) : (Time: time, Area: area);
        var before = (next.Area - oldest.Area) * ((begin - oldest.Time) / (double)(next.Time - oldest.Time));
        return (area - oldest.Area - before) / length;
    }

    private (long Time, long Area) At(int index) => _points[(_first + index) % _points.Length];

    private void Add(long time, long area)
    {
        if (_count == _points.Length)
        {
            _first = (_first + 1) % _points.Length;
            _count--;
        }

        _points[(_first + _count) % _points.Length] = (time, area);
        _count++;
    }
}
