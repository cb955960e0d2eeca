using System.Net;
using Docker.DotNet;
using Gateway.Configuration;

namespace Gateway.Runtimes.Engines;

/// <summary>The images that functions' containers are made from: found on the engine, or fetched as <c>Pull</c> says.</summary>
internal sealed class EngineImages(EngineClient engine, ImagePulls pulls, ILogger logger)
{
    /// <summary>How long a function that could run already waits for a newer image; the pull goes on, and the next start takes what it brought.</summary>
    private static readonly TimeSpan NewerLimit = TimeSpan.FromSeconds(30);

    /// <summary>What the function's image stands for; fetched first where the engine does not have it.</summary>
    /// <param name="renew">Whether this is the time that <see cref="PullPolicy.Always"/> means.</param>
    /// <exception cref="RuntimeException">It is not there and could not be fetched.</exception>
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

    /// <summary>What the function's image stands for on the engine; nothing is fetched.</summary>
    /// <exception cref="RuntimeException">It is not there.</exception>
    public async Task<EngineImage> LookAsync(FunctionOptions function, CancellationToken cancellationToken) =>
        await TryLookAsync(function, cancellationToken) ?? throw EngineErrors.NoImage(function, engine.Dialect, engine.Endpoint);

    /// <summary>A registry that is away is no reason not to serve what is there.</summary>
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

    /// <summary>As <see cref="LookAsync"/>; null: it is not there.</summary>
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
