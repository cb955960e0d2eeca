using System.Globalization;
using System.Text;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace Gateway.Runtimes.Engines;

/// <summary>Asks an engine for the last lines that a container wrote.</summary>
internal static class LastWords
{
    /// <summary>The longest time by which the report of an end is delayed for its last words.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>The number of bytes that are read at most, because five lines may be of any length.</summary>
    private const int MaxBytes = 64 * 1024;

    /// <summary>
    /// Returns the last lines of one run, or an empty text if there are none or the engine cannot read them (because its logging
    /// driver sends them elsewhere).
    /// </summary>
    /// <param name="since">The start of the run, so that an earlier run of the same container is not quoted.</param>
    public static async Task<string> ReadAsync(
        EngineClient engine, string container, string since, CancellationToken cancellationToken)
    {
        var parameters = new ContainerLogsParameters
        {
            ShowStdout = true,
            ShowStderr = true,
            Since = since.Length == 0 ? null : since,
            Tail = ProgramOutput.MaxLines.ToString(CultureInfo.InvariantCulture),
        };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            var bytes = await engine.CallAsync(
                async client =>
                {
                    using var stream = await client.Containers.GetContainerLogsAsync(container, parameters, limit.Token);
                    return await ReadAsync(stream, limit.Token);
                },
                cancellationToken);
            return ProgramOutput.Clean(Encoding.UTF8.GetString(bytes));
        }
        catch (Exception exception) when (exception is DockerApiException or RuntimeException)
        {
            return "";
        }
    }

    private static async Task<byte[]> ReadAsync(MultiplexedStream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxBytes];
        var length = 0;
        while (length < buffer.Length)
        {
            var read = await stream.ReadOutputAsync(buffer, length, buffer.Length - length, cancellationToken);
            if (read.EOF)
            {
                break;
            }

            length += read.Count;
        }

        return buffer[..length];
    }
}
