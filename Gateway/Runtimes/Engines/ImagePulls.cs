using Docker.DotNet;
using Docker.DotNet.Models;
using Gateway.Configuration;

namespace Gateway.Runtimes.Engines;

/// <summary>
/// Makes the engine pull images. Functions of one image share one pull, which goes on when its callers give up, so that the next
/// start finds the image. A pull ends with the runtime.
/// </summary>
internal sealed class ImagePulls(EngineClient engine, BackgroundWork work, TimeProvider time, ILogger logger)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Task> _running = new(StringComparer.Ordinal);

    /// <summary>Pulls the function's image. The task completes when the engine has the image that its registry has now.</summary>
    /// <exception cref="RuntimeException">The engine could not pull it, or it takes longer than the caller waits.</exception>
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
            // Once the engine has begun to answer, it reports a failure within the answer.
            throw new DockerApiException(System.Net.HttpStatusCode.InternalServerError, error);
        }

        EngineLog.Pulled(logger, image, time.GetElapsedTime(begin).TotalSeconds);
    }

    /// <summary>Adds the tag <c>latest</c> to a name without one, which would stand for all tags.</summary>
    private static string WithTag(string image) =>
        image.Contains('@', StringComparison.Ordinal) || image.LastIndexOf(':') > image.LastIndexOf('/') ? image : image + ":latest";
}
