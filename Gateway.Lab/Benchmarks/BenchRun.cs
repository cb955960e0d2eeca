using System.Text.RegularExpressions;

namespace Gateway.Lab.Benchmarks;

/// <summary>What a case is given to run with.</summary>
/// <param name="Quick">Fewer cells and fewer repetitions.</param>
/// <param name="Progress">To tell the user.</param>
internal sealed record BenchRun(bool Quick, Progress Progress)
{
    /// <summary>Only the cells whose name matches; null: all.</summary>
    public Regex? Only { get; init; }

    /// <summary>The cells, as JSON, of an earlier run in parts that this one goes on with; null: none.</summary>
    public string? EarlierCells { get; init; }

    /// <summary><paramref name="full"/>, or <paramref name="quick"/> in a quick run.</summary>
    public T Pick<T>(T full, T quick) => Quick ? quick : full;
}
