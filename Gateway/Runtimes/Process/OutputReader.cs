namespace Gateway.Runtimes.Process;

/// <summary>
/// Reads what a program writes, line by line. A line that does not end is handed on in pieces, so that a program that writes without newlines costs no memory
/// here.
/// </summary>
/// <param name="take">Takes each line or piece, without its newline. It is called by one thread at a time.</param>
/// <param name="cut">Is called each time that a line is cut.</param>
internal sealed class OutputReader(Action<string> take, Action cut)
{
    /// <summary>The most characters of a line that are handed on at once. Later characters of the line are the next piece.</summary>
    public const int LongestPiece = 8192;

    // A pipe holds 64 KiB (pipe(7)), which a busy program fills between two reads.
    private const int BufferSize = 16 * 1024;

    private readonly char[] _piece = new char[LongestPiece];
    private int _length;

    /// <summary>Reads to the end of the output.</summary>
    public async Task ReadAsync(TextReader output, CancellationToken cancellationToken)
    {
        var buffer = new char[BufferSize];
        while (await output.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            Add(buffer.AsSpan(0, read));
        }

        if (_length > 0)
        {
            Flush();
        }
    }

    private void Add(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            var line = text.IndexOf('\n');
            var part = text[..Math.Min(line < 0 ? text.Length : line, LongestPiece - _length)];
            part.CopyTo(_piece.AsSpan(_length));
            _length += part.Length;
            text = text[part.Length..];
            if (text.StartsWith('\n'))
            {
                Flush();
                text = text[1..];
            }
            else if (_length == LongestPiece && !text.IsEmpty)
            {
                cut();
                Flush();
            }
        }
    }

    private void Flush()
    {
        take(new string(_piece, 0, _length));
        _length = 0;
    }
}
