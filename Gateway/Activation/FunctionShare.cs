namespace Gateway.Activation;

/// <summary>One function's part of the budget: its starts a minute, and the lines that wait for more of them. It is used under the lock of <see cref="StartBudget"/>.</summary>
internal sealed class FunctionShare(int perMinute, TimeProvider time)
{
    /// <summary>Gets the function's own starts.</summary>
    public TokenBucket Minute { get; } = new(perMinute, time);

    /// <summary>Gets how many of them handshakes leave to held requests.</summary>
    public double Reserved { get; } = perMinute > 1 ? perMinute / 4.0 : 0;

    /// <summary>Gets the lines that wait until the function has another start.</summary>
    public Queue<FunctionLane> Parked { get; } = new();
}
