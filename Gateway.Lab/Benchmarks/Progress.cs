using System.Globalization;

namespace Gateway.Lab.Benchmarks;

/// <summary>
/// Shows on the terminal what is being done and how long the rest will take. Each step has a planned time, and the estimate is corrected by how
/// long the steps so far really took.
/// </summary>
internal sealed class Progress(TextWriter writer, bool interactive, TimeProvider time)
{
    private readonly long _began = time.GetTimestamp();
    private double _planned;
    private double _done;
    private double _current;

    /// <summary>Adds the time, in seconds, that further steps are planned to take.</summary>
    public void Plan(double seconds) => _planned += seconds;

    /// <summary>Begins a step, which ends the one before.</summary>
    /// <param name="what">What is done, in a few words.</param>
    /// <param name="seconds">The planned time.</param>
    public void Step(string what, double seconds)
    {
        _done += _current;
        _current = seconds;
        var line = $"[{Percent(),3}%] {what}{Rest()}";
        writer.Write(interactive ? $"\r{line}\e[K" : line + "\n");
        writer.Flush();
    }

    /// <summary>Writes a line that stays.</summary>
    public void Say(string line)
    {
        writer.Write(interactive ? $"\r{line}\e[K\n" : line + "\n");
        writer.Flush();
    }

    private int Percent() => _planned > 0 ? (int)Math.Clamp(100 * _done / _planned, 0, 99) : 0;

    private string Rest()
    {
        // The plan is not corrected before the first step is over.
        var slower = _done > 5 ? time.GetElapsedTime(_began).TotalSeconds / _done : 1;
        var left = TimeSpan.FromSeconds(Math.Max(0, _planned - _done) * slower);
        return left < TimeSpan.FromSeconds(90)
            ? string.Create(CultureInfo.InvariantCulture, $", about {left.TotalSeconds:0} s left")
            : string.Create(CultureInfo.InvariantCulture, $", about {left.TotalMinutes:0} min left");
    }
}
