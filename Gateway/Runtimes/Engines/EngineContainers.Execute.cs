using System.Buffers.Binary;
using System.Text;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace Gateway.Runtimes.Engines;

/// <summary>Runs commands inside containers.</summary>
internal sealed partial class EngineContainers
{
    private const int MaxOutput = 2048;
    private const int MaxOutputCharacters = 200;

    /// <summary>The size of a frame's header: a byte for the stream, three of padding, four for the length (Engine API, "Attach to a container", stream format).</summary>
    private const int FrameHeader = 8;

    /// <summary>Runs a command in a running container to its end.</summary>
    /// <returns>Returns the exit code, and the end of what the command wrote, in one line.</returns>
    /// <exception cref="DockerApiException">The engine refused.</exception>
    public async Task<(long ExitCode, string Output)> ExecuteAsync(string container, IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        var parameters = new ContainerExecCreateParameters { Cmd = [.. command], AttachStdout = true, AttachStderr = true };
        var made = await engine.CallAsync(client => client.Exec.CreateContainerExecAsync(container, parameters, cancellationToken), cancellationToken);
        var output = await engine.ReadAsync(
            new Uri($"exec/{made.ID}/start", UriKind.Relative), JsonContent.Create(new { Detach = false, Tty = false }), MaxOutput, cancellationToken);
        var ended = await engine.CallAsync(client => client.Exec.InspectContainerExecAsync(made.ID, cancellationToken), cancellationToken);
        return (ended.ExitCode ?? -1, ProgramOutput.Clean(Unframe(output), MaxOutputCharacters));
    }

    private static string Unframe(ReadOnlySpan<byte> stream)
    {
        var text = new StringBuilder();
        while (stream.Length > FrameHeader)
        {
            var length = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(stream[4..]), (uint)(stream.Length - FrameHeader));
            text.Append(Encoding.UTF8.GetString(stream.Slice(FrameHeader, length)));
            stream = stream[(FrameHeader + length)..];
        }

        return text.ToString();
    }
}
