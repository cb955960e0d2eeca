using Gateway.Telemetry;

namespace Gateway.Activation;

/// <summary>Ends the records of cold starts.</summary>
internal sealed partial class Function
{
    // Marks the end of an instance's cold start, unless a request has ended it already.
    private void EndColdStart(FunctionInstance instance, ColdStartOutcome outcome)
    {
        if (instance.ColdStart is { } cold)
        {
            Interlocked.CompareExchange(ref _cold, null, cold);
            _services.Report(Trust, cold, outcome);
        }
    }

    private void DropColdStart(FunctionInstance instance)
    {
        if (instance.ColdStart is { } cold)
        {
            Interlocked.CompareExchange(ref _cold, null, cold);
        }
    }

    /// <summary>Completes a cold start after the first byte of its first answer has come.</summary>
    public void Served(ColdStart cold, long timestamp)
    {
        cold.NoteFirstByte(timestamp);
        Interlocked.CompareExchange(ref _cold, null, cold);
        _services.Report(Trust, cold, ColdStartOutcome.Served);
    }
}
