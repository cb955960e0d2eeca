namespace Gateway.Activation;

/// <summary>
/// Limits the lines of a kind that may come from each of ten thousand functions: the first ones of a minute are logged, and with the next one that is, how many
/// were not. It is thread-safe.
/// </summary>
internal sealed class LogAllowance(TimeProvider time)
{
    /// <summary>The lines of a minute, of which all may come at once.</summary>
    public const int PerMinute = 30;

    private readonly Lock _gate = new();
    private readonly TokenBucket _lines = new(PerMinute, time);
    private int _skipped;

    /// <summary>Asks for a line.</summary>
    /// <param name="skipped">How many lines were refused before it.</param>
    public bool TryTake(out int skipped)
    {
        lock (_gate)
        {
            if (!_lines.Has(1))
            {
                _skipped++;
                skipped = 0;
                return false;
            }

            _lines.Take();
            (skipped, _skipped) = (_skipped, 0);
            return true;
        }
    }
}
