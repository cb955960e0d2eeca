using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.Activation;

/// <summary>Reads what the function's programs write.</summary>
internal sealed partial class Function
{
    /// <summary>The most lines that can be read at once.</summary>
    public const int MostOutput = IRuntime.MostTail;

    /// <summary>Begins to read the last lines of the function's programs and, if it is to follow, each line as it comes.</summary>
    /// <param name="tail">How many of the lines that are there, from 0 to <see cref="MostOutput"/>.</param>
    /// <param name="follow">Whether to go on until it is cancelled or the function is removed.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>A task that returns the lines, or one sentence about why there are none.</returns>
    public async Task<(IAsyncEnumerable<OutputLine>? Lines, string? Failure)> OutputAsync(int tail, bool follow, CancellationToken cancellationToken)
    {
        var options = Options;
        try
        {
            return (await _services.Runtimes[options.Run.Runtime].OutputAsync(options, tail, follow, cancellationToken), null);
        }
        catch (RuntimeException error)
        {
            return (null, error.Message);
        }
    }
}
