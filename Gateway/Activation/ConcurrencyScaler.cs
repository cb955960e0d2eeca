namespace Gateway.Activation;

/// <summary>Decides for as many instances as are needed for none of them to have more than <c>Scale:Concurrency</c> requests at a time.</summary>
internal sealed class ConcurrencyScaler : IScaler
{
    /// <inheritdoc/>
    public int Decide(in ScaleLoad load)
    {
        var (scale, requests) = (load.Scale, (long)load.Waiting + load.InUse);
        return (int)Math.Min(scale.Max, (requests + scale.Concurrency - 1) / scale.Concurrency);
    }
}
