using System.Globalization;
using System.Runtime.CompilerServices;
using Gateway.Model;

namespace Gateway.Runtimes.Process;

/// <summary>
/// Keeps the last lines of a function's programs. Readers follow it by their place in it and have no queue of their own, so that whoever reads slowly
/// costs nobody anything, and misses lines. This class is thread-safe.
/// </summary>
/// <param name="budget">Bounds what all functions keep together.</param>
internal sealed class OutputRing(OutputBudget budget, TimeProvider time)
{
    /// <summary>The most lines that are kept.</summary>
    public const int MostLines = IRuntime.MostTail;

    /// <summary>The most characters of these lines together.</summary>
    public const int MostCharacters = 128 * 1024;

    /// <summary>The lines that a function keeps in any case, also when all functions together keep as much as they may.</summary>
    public const int FewLines = 5;

    // What a line costs beside its text, in characters of two bytes: its object, its place in the queue, the text's own header.
    private const int CostOfLine = 48;

    // What a follower takes at once under the lock, which the program's reader waits for.
    private const int Batch = 64;

    private readonly Lock _gate = new();
    private readonly Queue<OutputLine> _lines = new();
    private TaskCompletionSource? _changed;
    private long _dropped;
    private int _characters;
    private bool _isOver;

    /// <summary>Adds a line. It never waits for a reader.</summary>
    public void Add(string instance, string stream, string text)
    {
        TaskCompletionSource? changed;
        lock (_gate)
        {
            if (_isOver)
            {
                return;
            }

            _lines.Enqueue(new OutputLine(time.GetUtcNow(), instance, stream, text));
            Count(text.Length, 1);
            while (_lines.Count > MostLines || (_lines.Count > 1 && _characters > MostCharacters) || (_lines.Count > FewLines && budget.IsOver))
            {
                Count(-_lines.Dequeue().Text.Length, -1);
                _dropped++;
            }

            (changed, _changed) = (_changed, null);
        }

        changed?.TrySetResult();
    }

    /// <summary>Returns the last lines, the oldest first, and then, if it is to follow, each line as it is written until the function is removed.</summary>
    /// <param name="tail">How many of the lines that are there, 0 or more.</param>
    /// <param name="follow">Whether to go on.</param>
    public async IAsyncEnumerable<OutputLine> ReadAsync(int tail, bool follow, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long? place = null;
        while (true)
        {
            var (lines, lost, next, changed, isOver) = Take(place, tail);
            if (lost > 0)
            {
                yield return new OutputLine(time.GetUtcNow(), "", OutputLine.Gateway, string.Create(CultureInfo.InvariantCulture, $"{lost} lines were written faster than they were read, and are lost."));
            }

            foreach (var line in lines)
            {
                yield return line;
            }

            place = next;
            if (changed is not null)
            {
                // That it has completed meanwhile does not say that there will be no more lines.
                if (!follow || isOver)
                {
                    yield break;
                }

                await changed.WaitAsync(cancellationToken);
            }
        }
    }

    /// <summary>Forgets everything, and ends whoever follows.</summary>
    public void End()
    {
        TaskCompletionSource? changed;
        lock (_gate)
        {
            _isOver = true;
            Count(-_characters, -_lines.Count);
            _dropped += _lines.Count;
            _lines.Clear();
            (changed, _changed) = (_changed, null);
        }

        changed?.TrySetResult();
    }

    // Returns lines from a place on (null: the last ones), how many before them are gone, the next place, if these are all a task that completes with the next
    // one, and whether there will be none.
    private (OutputLine[] Lines, long Lost, long Next, Task? Changed, bool IsOver) Take(long? place, int tail)
    {
        lock (_gate)
        {
            var from = place ?? _dropped + Math.Max(0, _lines.Count - tail);
            var lost = _isOver ? 0 : Math.Max(0, _dropped - from);
            from = Math.Max(from, _dropped);
            OutputLine[] lines = [.. _lines.Skip((int)(from - _dropped)).Take(Batch)];
            var next = from + lines.Length;
            return (lines, lost, next, next < _dropped + _lines.Count ? null : _isOver ? Task.CompletedTask : (_changed ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task, _isOver);
        }
    }

    private void Count(int characters, int lines)
    {
        _characters += characters;
        budget.Count(characters + (lines * CostOfLine));
    }
}

/// <summary>Bounds the output of all functions together, which ten thousand talkative ones would else fill the memory with. This class is thread-safe.</summary>
internal sealed class OutputBudget(long most = OutputBudget.Most)
{
    /// <summary>The most characters that are kept of all functions together: 64 MiB.</summary>
    public const long Most = 32L << 20;

    private long _characters;

    public bool IsOver => Volatile.Read(ref _characters) > most;

    public void Count(int characters) => Interlocked.Add(ref _characters, characters);
}
