namespace Gateway.Runtimes.Process;

/// <summary>Keeps the last lines that a program wrote. This class is thread-safe.</summary>
internal sealed class OutputTail
{
    private readonly Queue<string> _lines = new();

    /// <summary>Adds a line, and drops the oldest one if there are more than are shown.</summary>
    public void Add(string line)
    {
        lock (_lines)
        {
            _lines.Enqueue(line);
            if (_lines.Count > ProgramOutput.MaxLines)
            {
                _lines.Dequeue();
            }
        }
    }

    /// <summary>Returns all lines as one, as <see cref="ProgramOutput"/> cleans them, or an empty text if there are none.</summary>
    public override string ToString()
    {
        lock (_lines)
        {
            return ProgramOutput.Clean(string.Join('\n', _lines));
        }
    }
}
