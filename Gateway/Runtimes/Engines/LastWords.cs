using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace Gateway.Runtimes.Engines;

/// <summary>The last lines that a container wrote, fit for a log line and a problem document.</summary>
internal static partial class LastWords
{
    private const int MaxLines = 5;
    private const int MaxCharacters = 500;

    /// <summary>How long the news of an end may wait for its last words.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Five lines may be of any length; more than this is not read.</summary>
    private const int MaxBytes = 64 * 1024;

    /// <summary>
    /// The last lines of one run; empty when there are none, or when the engine cannot read them back (its logging
    /// driver sends them elsewhere).
    /// </summary>
    /// <param name="since">The run's start, so that an earlier run of the same container is not quoted.</param>
    public static async Task<string> ReadAsync(
        EngineClient engine, string container, string since, CancellationToken cancellationToken)
    {
        var parameters = new ContainerLogsParameters
        {
            ShowStdout = true,
            ShowStderr = true,
            Since = since.Length == 0 ? null : since,
            Tail = MaxLines.ToString(CultureInfo.InvariantCulture),
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
            return Clean(Encoding.UTF8.GetString(bytes), MaxCharacters);
        }
        catch (Exception exception) when (exception is DockerApiException or RuntimeException)
        {
            return "";
        }
    }

    /// <summary>One line without control characters and colours; of what is too long the end is kept.</summary>
    public static string Clean(string text, int maxCharacters)
    {
        var plain = Escapes().Replace(text, "");
        var lines = plain.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var line = new StringBuilder(string.Join(" | ", lines));
        for (var i = 0; i < line.Length; i++)
        {
            line[i] = char.IsControl(line[i]) ? ' ' : line[i];
        }

        return line.Length <= maxCharacters ? line.ToString() : "..." + line.ToString(line.Length - maxCharacters + 3, maxCharacters - 3);
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

    /// <summary>ECMA-48 control sequences (CSI): colours, cursor movements.</summary>
    [GeneratedRegex(@"\e\[[0-?]*[ -/]*[@-~]", RegexOptions.NonBacktracking)]
    private static partial Regex Escapes();
}
