namespace Gateway.Activation;

/// <summary>The question whether an instance is busy, which is asked beside everything else. It is used under the function's lock.</summary>
/// <param name="decision">The rest that hangs on the answer.</param>
/// <param name="lastUse">The instance's last use. An answer from before a later one means nothing.</param>
internal sealed class VetoInquiry(RestDecision decision, long lastUse)
{
    /// <summary>Gets the rest that hangs on the answer.</summary>
    public RestDecision Decision => decision;

    /// <summary>Gets the instance's last use before the question.</summary>
    public long LastUse => lastUse;

    /// <summary>Gets or sets when the answer came, or null while it is awaited.</summary>
    public long? AnsweredAt { get; set; }

    /// <summary>Gets or sets the answer, which is null if nothing speaks against the rest; while it is awaited, the one before.</summary>
    public VetoAnswer? Answer { get; set; }
}
