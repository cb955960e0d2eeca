namespace Gateway.Runtimes.Process;

/// <summary>The last words of a program: a few lines, each cut and without control characters.</summary>
internal sealed class OutputTail
{
    private const int Lines = 5;
    private const int Width = 200;

    private readonly Queue<string> _lines = new();

    public static string Clean(string line)
    {
        var cut = line.Length > Width ? line[..Width] : line;
        return string.Concat(cut.Select(c => char.IsControl(c) ? ' ' : c));
    }

    public void Add(string line)
    {
        lock (_lines)
        {
            _lines.Enqueue(line);
            if (_lines.Count > Lines)
            {
                _lines.Dequeue();
            }
        }
    }

    public override string ToString()
    {
        lock (_lines)
        {
            return string.Join(" | ", _lines);
        }
    }
}
