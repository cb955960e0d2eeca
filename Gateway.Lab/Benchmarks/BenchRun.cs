using System.Text.RegularExpressions;

namespace Gateway.Lab.Benchmarks;

/// <summary>The settings of one run of a case.</summary>
/// <param name="Quick">Whether fewer cells are measured, with fewer repetitions.</param>
/// <param name="Progress">Shows the progress to the user.</param>
internal sealed record BenchRun(bool Quick, Progress Progress)
{
    /// <summary>Selects the cells whose name matches; null for all.</summary>
    public Regex? NameFilter { get; init; }

    /// <summary>How long a soak lasts; null for its own time.</summary>
    public int? Minutes { get; init; }

    /// <summary>The folder of the published gateway that a warm one is compared with; null for none.</summary>
    public string? Against { get; init; }

    /// <summary>The cells, as JSON, of an earlier run in parts that this one goes on with; null if there is none.</summary>
    public string? EarlierCells { get; init; }

    /// <summary>Returns <paramref name="full"/>, or <paramref name="quick"/> in a quick run.</summary>
    public T Pick<T>(T full, T quick) => Quick ? quick : full;
}
