using System.Collections.Concurrent;
using System.Diagnostics;
using Gateway.Lab.Reports;

namespace Gateway.Lab.Benchmarks.Soak;

/// <summary>Counts what was sent and what became of it. Faults that end a program are noted, so that what they broke is told from what was lost.</summary>
internal sealed class SoakTally
{
    private const int KeptExamples = 10;

    private readonly ConcurrentDictionary<string, Counts> _counts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _ended = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _examples = new();

    /// <summary>A few of the losses, in words.</summary>
    public IReadOnlyCollection<string> Examples => _examples;

    /// <summary>Notes that a fault is about to end, or has ended, the program of a function.</summary>
    public void NoteEnd(string function) => _ended[function] = Stopwatch.GetTimestamp();

    /// <summary>Counts one exchange.</summary>
    /// <param name="kind">How it is sent.</param>
    /// <param name="function">Who answers it.</param>
    /// <param name="exchange">Sends it, and returns what is wrong with the answer, or null.</param>
    public async Task CountAsync(string kind, string function, Func<Task<string?>> exchange)
    {
        var counts = _counts.GetOrAdd(kind, static _ => new Counts());
        var began = Stopwatch.GetTimestamp();
        string? wrong;
        try
        {
            wrong = await exchange();
        }
        catch (Exception error)
        {
            wrong = $"{error.GetType().Name}: {error.Message}";
        }

        var took = Stopwatch.GetElapsedTime(began);
        lock (counts)
        {
            counts.Sent++;
            if (wrong is null)
            {
                counts.Answered++;
                counts.Milliseconds.Add(took.TotalMilliseconds);
            }
            else if (_ended.TryGetValue(function, out var ended) && ended >= began)
            {
                counts.Broken++;
            }
            else
            {
                counts.Lost++;
                if (_examples.Count < KeptExamples)
                {
                    _examples.Enqueue($"{kind} to {function} after {took.TotalMilliseconds:0} ms: {wrong}");
                }
            }
        }
    }

    public IReadOnlyList<SoakCell> Cells() =>
    [
        .. _counts.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => new SoakCell(
            pair.Key, pair.Value.Sent, pair.Value.Answered, pair.Value.Broken, pair.Value.Lost,
            pair.Value.Milliseconds.Count == 0 ? double.NaN : Statistics.Median(pair.Value.Milliseconds),
            pair.Value.Milliseconds.Count == 0 ? double.NaN : Statistics.Percentile(pair.Value.Milliseconds, 0.99))),
    ];

    private sealed class Counts
    {
        public long Sent { get; set; }

        public long Answered { get; set; }

        public long Broken { get; set; }

        public long Lost { get; set; }

        public List<double> Milliseconds { get; } = [];
    }
}
