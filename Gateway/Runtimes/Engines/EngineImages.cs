using System.Net;
using Docker.DotNet;
using Gateway.Configuration;

namespace Gateway.Runtimes.Engines;

/// <summary>Finds the images that functions' containers are made from, and pulls them as <c>Pull</c> says.</summary>
internal sealed class EngineImages(EngineClient engine, ImagePulls pulls, ILogger logger)
{
    /// <summary>The time that a function that can run already waits for a newer image. The pull goes on after that, and the next start uses its result.</summary>
    private static readonly TimeSpan NewerLimit = TimeSpan.FromSeconds(30);

    /// <summary>Returns the image that the function's image name stands for, and pulls it first if the engine does not have it.</summary>
    /// <param name="renew">Whether this is a time at which <see cref="PullPolicy.Always"/> pulls.</param>
    /// <exception cref="RuntimeException">The engine does not have the image, and it could not be pulled.</exception>
    public async Task<EngineImage> FindAsync(FunctionOptions function, bool renew, CancellationToken cancellationToken)
    {
        if (function.Container.Image.Length == 0)
        {
            throw EngineErrors.NoImageName(function);
        }

        var (pull, found) = (function.Container.Pull, await TryLookAsync(function, cancellationToken));
        if (found is null && pull != PullPolicy.Never)
        {
            await pulls.PullAsync(function, cancellationToken);
            found = await TryLookAsync(function, cancellationToken);
        }
        else if (found is not null && renew && pull == PullPolicy.Always)
        {
            await RenewAsync(function, cancellationToken);
            found = await TryLookAsync(function, cancellationToken);
        }

        return found ?? throw EngineErrors.NoImage(function, engine.Dialect, engine.Endpoint);
    }

    /// <summary>Returns the image that the function's image name stands for on the engine, without a pull.</summary>
    /// <exception cref="RuntimeException">The engine does not have the image.</exception>
    public async Task<EngineImage> LookAsync(FunctionOptions function, CancellationToken cancellationToken) =>
        await TryLookAsync(function, cancellationToken) ?? throw EngineErrors.NoImage(function, engine.Dialect, engine.Endpoint);

    /// <summary>Pulls a newer image. If that fails, the one that is there is used, so that an unreachable registry does no harm.</summary>
    private async Task RenewAsync(FunctionOptions function, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(NewerLimit);
        try
        {
            await pulls.PullAsync(function, limit.Token);
        }
        catch (RuntimeException exception) when (!cancellationToken.IsCancellationRequested)
        {
            EngineLog.NotRenewed(logger, exception.Message);
        }
    }

    /// <summary>Returns the same as <see cref="LookAsync"/>, or null if the engine does not have the image.</summary>
    public async Task<EngineImage?> TryLookAsync(FunctionOptions function, CancellationToken cancellationToken)
    {
        try
        {
            return EngineImage.Of(await engine.CallAsync(client => client.Images.InspectImageAsync(function.Container.Image, cancellationToken), cancellationToken));
        }
        catch (DockerApiException exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
        catch (DockerApiException exception)
        {
            throw EngineErrors.Refused(function, $"look at its image '{function.Container.Image}'", exception);
        }
    }
}
