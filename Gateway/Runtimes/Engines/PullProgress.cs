using Docker.DotNet.Models;
using Gateway.Configuration;

namespace Gateway.Runtimes.Engines;

/// <summary>What an engine tells of a pull, a hundred times a second, as a line in the log every ten seconds.</summary>
internal sealed class PullProgress(string image, TimeProvider time, ILogger logger) : IProgress<JSONMessage>
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    /// <summary>Layers of one image: moby allows 128 (layer/layer_store.go, maxLayerDepth).</summary>
    private const int MaxLayers = 1024;

    private readonly Dictionary<string, (long Current, long Total)> _layers = [];
    private long _told = time.GetTimestamp();

    /// <summary>Why it failed, in the engine's words.</summary>
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
