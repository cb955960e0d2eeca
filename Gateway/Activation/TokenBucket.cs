namespace Gateway.Activation;

/// <summary>
/// Limits starts to a number a minute. The bucket is refilled evenly, and holds a whole minute's worth as a burst. It is used under its owner's lock.
/// </summary>
internal sealed class TokenBucket(int perMinute, TimeProvider time)
{
    private double _tokens = perMinute;
    private long _filled = time.GetTimestamp();

    /// <summary>Gets the time until there is a whole token, which is zero if there is one.</summary>
    public TimeSpan UntilNext
    {
        get
        {
            Fill();
            return _tokens >= 1 ? TimeSpan.Zero : TimeSpan.FromMinutes((1 - _tokens) / perMinute);
        }
    }

    /// <summary>Returns true if there are at least this many tokens.</summary>
    public bool Has(double tokens)
    {
        Fill();
        return _tokens >= tokens;
    }

    /// <summary>Takes a token, even if there is none.</summary>
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
