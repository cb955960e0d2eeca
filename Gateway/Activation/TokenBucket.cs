namespace Gateway.Activation;

/// <summary>
/// So many a minute, refilled evenly, with a whole minute's worth as burst. Used under its owner's lock.
/// </summary>
internal sealed class TokenBucket(int perMinute, TimeProvider time)
{
    private double _tokens = perMinute;
    private long _filled = time.GetTimestamp();

    /// <summary>The time until there is a whole token; zero when there is one.</summary>
    public TimeSpan UntilNext
    {
        get
        {
            Fill();
            return _tokens >= 1 ? TimeSpan.Zero : TimeSpan.FromMinutes((1 - _tokens) / perMinute);
        }
    }

    public bool Has(double tokens)
    {
        Fill();
        return _tokens >= tokens;
    }

    public void Take()
    {
        Fill();
        _tokens--;
    }

    private void Fill()
    {
        var now = time.GetTimestamp();
        _tokens = Math.Min(perMinute, _tokens + (time.GetElapsedTime(_filled, now).TotalMinutes * perMinute));
        _filled = now;
    }
}
