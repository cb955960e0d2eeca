using System.Globalization;
using System.Text;
using Docker.DotNet;
using Docker.DotNet.Models;
using Gateway.Model;

namespace Gateway.Runtimes.Engines;

/// <summary>Reads what a container has written, line by line, from the engine's own log of it.</summary>
internal sealed class ContainerOutput
{
    /// <summary>The most bytes of a line that are handed on at once. Later ones are the next piece.</summary>
    private const int LongestPiece = 8192;

    private const int BufferSize = 16 * 1024;

    /// <summary>The digits of a second's fraction that .NET's times have. Engines write nine.</summary>
    private const int Digits = 7;

    private readonly string _instance;
    private readonly PieceReader _output = new();
    private readonly PieceReader _error = new();
    private DateTimeOffset _at = DateTimeOffset.UnixEpoch;

    private ContainerOutput(string container) => _instance = container[..12];

    /// <summary>Reads the log and hands on each line.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="container">The container's id.</param>
    /// <param name="tail">How many of the last lines, or null for all.</param>
    /// <param name="since">The time after which lines are wanted, or null for any.</param>
    /// <param name="follow">Whether to go on until the container's program ends.</param>
    /// <param name="take">Takes a line. The log is read on when its task has completed.</param>
    /// <exception cref="DockerApiException">The engine refused, for example because its logging driver sends the lines elsewhere.</exception>
    /// <exception cref="RuntimeException">The engine cannot be reached.</exception>
    public static Task ReadAsync(
        EngineClient engine, string container, int? tail, DateTimeOffset? since, bool follow, Func<OutputLine, ValueTask> take, CancellationToken cancellationToken)
    {
        var parameters = new ContainerLogsParameters
        {
            ShowStdout = true,
            ShowStderr = true,
            Timestamps = true,
            Follow = follow,
            Since = since is { } time ? EngineFacts.Timestamp(time.ToString("O", CultureInfo.InvariantCulture)) : null,
            Tail = tail is { } count ? count.ToString(CultureInfo.InvariantCulture) : "all",
        };
        return engine.CallAsync(
            async client =>
            {
                using var stream = await client.Containers.GetContainerLogsAsync(container, parameters, cancellationToken);
                // A line without an end may follow one that was read before; the engine's times say which is new.
                await new ContainerOutput(container).ReadAsync(stream, line => since is null || line.At > since ? take(line) : ValueTask.CompletedTask, cancellationToken);
            },
            cancellationToken);
    }

    private async Task ReadAsync(MultiplexedStream stream, Func<OutputLine, ValueTask> take, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferSize];
        while (await stream.ReadOutputAsync(buffer, 0, buffer.Length, cancellationToken) is { EOF: false } read)
        {
            var isError = read.Target == MultiplexedStream.TargetStream.StandardError;
            var (reader, name) = isError ? (_error, OutputLine.Error) : (_output, OutputLine.Output);
            for (var rest = buffer.AsMemory(0, read.Count); reader.TryRead(ref rest, out var piece, out var begins);)
            {
                await take(LineOf(piece, name, begins));
            }
        }

        foreach (var (reader, name) in ((PieceReader, string)[])[(_output, OutputLine.Output), (_error, OutputLine.Error)])
        {
            if (reader.TryEnd(out var piece, out var begins))
            {
                await take(LineOf(piece, name, begins));
            }
        }
    }

    // Each line begins with its time (RFC 3339) and a space.
    private OutputLine LineOf(string piece, string stream, bool begins)
    {
        var space = begins ? piece.IndexOf(' ', StringComparison.Ordinal) : -1;
        if (space > 0 && TryParse(piece[..space], out var at))
        {
            _at = at;
            piece = piece[(space + 1)..];
        }

        return new OutputLine(_at, _instance, stream, piece.TrimEnd('\r'));
    }

    private static bool TryParse(string text, out DateTimeOffset at)
    {
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var end = point < 0 ? -1 : text.AsSpan(point + 1).IndexOfAnyExceptInRange('0', '9');
        var cut = end > Digits ? string.Concat(text.AsSpan(0, point + 1 + Digits), text.AsSpan(point + 1 + end)) : text;
        return DateTimeOffset.TryParse(cut, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out at);
    }

    /// <summary>Cuts the bytes of one stream into lines, and long lines into pieces.</summary>
    private sealed class PieceReader
    {
        private readonly byte[] _piece = new byte[LongestPiece];
        private int _length;
        private bool _begins = true;

        /// <summary>Takes bytes up to the end of the next piece. Returns false if there is no end among them, and has kept them then.</summary>
        public bool TryRead(ref Memory<byte> bytes, out string piece, out bool begins)
        {
            var line = bytes.Span.IndexOf((byte)'\n');
            var part = bytes[..Math.Min(line < 0 ? bytes.Length : line, LongestPiece - _length)];
            part.CopyTo(_piece.AsMemory(_length));
            _length += part.Length;
            bytes = bytes[part.Length..];
            var isLine = !bytes.IsEmpty && bytes.Span[0] == (byte)'\n';
            (piece, begins) = ("", _begins);
            if (!isLine && _length < LongestPiece)
            {
                return false;
            }

            bytes = isLine ? bytes[1..] : bytes;
            piece = Encoding.UTF8.GetString(_piece, 0, _length);
            (_length, _begins) = (0, isLine);
            return true;
        }

        public bool TryEnd(out string piece, out bool begins)
        {
            (piece, begins) = (Encoding.UTF8.GetString(_piece, 0, _length), _begins);
            return _length > 0;
        }
    }
}
