using Docker.DotNet;
using Docker.DotNet.Models;
using Gateway.Configuration;

namespace Gateway.Runtimes.Engines;

/// <summary>
/// Has the engine fetch images. Functions of one image share one pull, which goes on when those who wait for it give up: the next
/// start finds the image there. Ends with the runtime.
/// </summary>
internal sealed class ImagePulls(EngineClient engine, BackgroundWork work, TimeProvider time, ILogger logger)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Task> _running = new(StringComparer.Ordinal);

    /// <summary>Completes when the image is on the engine as its registry has it now.</summary>
    /// <exception cref="RuntimeException">The engine could not: the registry's answer, or that it takes longer than the caller waits.</exception>
    public async Task PullAsync(FunctionOptions function, CancellationToken cancellationToken)
    {
        Task? pull;
        lock (_lock)
        {
            if (!_running.TryGetValue(function.Container.Image, out pull))
            {
                _running[function.Container.Image] = pull = StartPull(function.Container.Image);
            }
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, work.Lifetime);
        try
        {
            await pull.WaitAsync(either.Token);
        }
        catch (OperationCanceledException exception) when (!work.Lifetime.IsCancellationRequested)
        {
            throw EngineErrors.StillPulled(function, exception);
        }
        catch (DockerApiException exception)
        {
            throw EngineErrors.NotPulled(function, engine.Dialect, engine.Endpoint, EngineErrors.Message(exception), exception);
        }
    }

    private Task StartPull(string image)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        work.Run($"pulling image {image}", async token =>
        {
            try
            {
                await RunAsync(image, token);
                done.TrySetResult();
            }
            catch (Exception exception)
            {
                done.TrySetException(exception);
            }
            finally
            {
                lock (_lock)
                {
                    _running.Remove(image);
                }
            }
        });
        return done.Task;
    }

    private async Task RunAsync(string image, CancellationToken cancellationToken)
    {
        var begin = time.GetTimestamp();
        EngineLog.Pulling(logger, image);
        var progress = new PullProgress(image, time, logger);
        await engine.CallAsync(
            client => client.Images.CreateImageAsync(new ImagesCreateParameters { FromImage = WithTag(image) }, new AuthConfig(), progress, cancellationToken),
            cancellationToken);
        if (progress.Error is { } error)
        {
            // Once it has begun to answer the engine tells of a failure in the answer.
            throw new DockerApiException(System.Net.HttpStatusCode.InternalServerError, error);
        }

        EngineLog.Pulled(logger, image, time.GetElapsedTime(begin).TotalSeconds);
    }

    /// <summary>A name without a tag would mean all of them.</summary>
    private static string WithTag(string image) =>
        image.Contains('@', StringComparison.Ordinal) || image.LastIndexOf(':') > image.LastIndexOf('/') ? image : image + ":latest";
}
