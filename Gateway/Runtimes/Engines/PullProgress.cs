using Docker.DotNet.Models;
using Gateway.Configuration;

namespace Gateway.Runtimes.Engines;

/// <summary>Logs the progress of a pull every ten seconds. The engine reports it about a hundred times a second.</summary>
internal sealed class PullProgress(string image, TimeProvider time, ILogger logger) : IProgress<JSONMessage>
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    /// <summary>The number of layers that are tracked at most. moby allows 128 in an image (layer/layer_store.go, maxLayerDepth).</summary>
    private const int MaxLayers = 1024;

    private readonly Dictionary<string, (long Current, long Total)> _layers = [];
    private long _told = time.GetTimestamp();

    /// <summary>Gets why the pull failed, in the engine's words, or null if it has not failed.</summary>
    public string? Error { get; private set; }

    public void Report(JSONMessage value)
    {
        Error ??= value.Error?.Message;
        if (value is { ID: { Length: > 0 } layer, Progress: { Current: { } current, Total: { } total and > 0 }, Status: "Downloading" } && (_layers.Count < MaxLayers || _layers.ContainsKey(layer)))
        {
            _layers[layer] = (current, total);
        }

        if (time.GetElapsedTime(_told) < Every)
        {
            return;
        }

        _told = time.GetTimestamp();
        EngineLog.PullGoesOn(
            logger, image, MemorySize.Format(_layers.Values.Sum(layer => layer.Current)), MemorySize.Format(_layers.Values.Sum(layer => layer.Total)));
    }
}
