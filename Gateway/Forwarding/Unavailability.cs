namespace Gateway.Forwarding;

/// <summary>Why a function cannot be used now, as clients may be told.</summary>
/// <param name="Detail">One sentence.</param>
/// <param name="Reason">A word by which programs and operators tell answers apart.</param>
/// <param name="RetryAfter">The time after which another try may help.</param>
internal sealed record Unavailability(string Detail, string Reason, TimeSpan RetryAfter)
{
    /// <summary>Gets the same time in seconds, as <c>Retry-After</c> says it.</summary>
    public int Seconds => SecondsOf(RetryAfter);

    /// <summary>Returns a time in seconds: RFC 9110, section 10.2.3, allows whole ones only.</summary>
    public static int SecondsOf(TimeSpan time) => Math.Max(1, (int)Math.Ceiling(time.TotalSeconds));
}
