namespace Gateway.Runtimes.Engines;

/// <summary>Handles image names that come to stand for other images.</summary>
internal abstract partial class EngineRuntime
{
    private const string LookingAtImages = "looking at the images again";

    private bool _looksAtImages;

    void IEngineListener.ImagesChanged()
    {
        foreach (var pool in _pools.Values)
        {
            pool.Doubt();
        }

        // One look covers all changes that come before it begins.
        if (!Interlocked.Exchange(ref _looksAtImages, true))
        {
            _work.Run(LookingAtImages, LookAtImagesAsync);
        }
    }

    private async Task LookAtImagesAsync(CancellationToken cancellationToken)
    {
        Volatile.Write(ref _looksAtImages, false);
        foreach (var pools in _pools.Values.Where(pool => pool.IsDoubtful && pool.Spec is not null).GroupBy(pool => pool.Spec!.Run.Image).ToArray())
        {
            try
            {
                // Many functions may share an image, which is looked up only once.
                Task<EngineImage>? look = null;
                await Task.WhenAll(pools.Select(pool => ResolveAsync(pool, spec => look ??= _images.LookAsync(spec.Function, cancellationToken), cancellationToken)));
            }
            catch (RuntimeException exception)
            {
                EngineLog.WorkFailed(_logger, LookingAtImages, exception.Message);
            }
        }
    }

    private async Task ResolveAsync(ContainerPool pool, Func<ContainerSpec, Task<EngineImage>> look, CancellationToken cancellationToken)
    {
        if (await pool.ResolveAsync(look, cancellationToken) && pool.Spec?.Function is { } function)
        {
            EngineLog.NewImage(_logger, function.Name, function.Container.Image);
            TellTiers(pool.Spec);
            foreach (var instance in _live.Values)
            {
                _work.Run(EngineInstance.Outdating, _ => instance.OutdateAsync());
            }
        }
    }

    // The engine may have got other images while it was away.
    private async Task RenewAsync(ContainerPool pool, CancellationToken cancellationToken)
    {
        if (pool.Spec is { } spec)
        {
            var image = await _images.TryLookAsync(spec.Function, cancellationToken);
            await pool.PrepareAsync(image is null ? spec : spec.With(image), cancellationToken);
            TellTiers(pool.Spec);
        }
    }
}
