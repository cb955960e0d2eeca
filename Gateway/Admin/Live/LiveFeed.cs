using System.Collections.Immutable;
using Gateway.Activation;
using Gateway.Telemetry;

namespace Gateway.Admin.Live;

/// <summary>Tells the pages that are open what changes.</summary>
internal sealed class LiveFeed : IFunctionObserver
{
    private ImmutableList<LiveReader> _readers = [];

    public LiveFeed(ColdStartLog coldStarts) => coldStarts.Observe(cold =>
    {
        foreach (var reader in Volatile.Read(ref _readers))
        {
            reader.Add(cold);
        }
    });

    public void OnChange(Function function)
    {
        foreach (var reader in Volatile.Read(ref _readers))
        {
            reader.Touch(function);
        }
    }

    /// <summary>Begins to collect changes for one page, until the reader is disposed.</summary>
    public LiveReader Open()
    {
        var reader = new LiveReader(closed => ImmutableInterlocked.Update(ref _readers, list => list.Remove(closed)));
        ImmutableInterlocked.Update(ref _readers, list => list.Add(reader));
        return reader;
    }
}
