namespace Gateway.Lab.Reports;

/// <summary>A picture to write beside the results.</summary>
/// <param name="Name">File name with its ending, .svg or .png.</param>
/// <param name="Content">The file's bytes.</param>
public sealed record Picture(string Name, byte[] Content);

/// <summary>All that a case brings back.</summary>
/// <param name="Cells">Rows for <see cref="BenchReport.Cells"/>.</param>
/// <param name="Markdown">The same as tables and sentences, for people.</param>
/// <param name="Files">Pictures and raw distributions.</param>
public sealed record BenchResult(IReadOnlyList<object> Cells, string Markdown, IReadOnlyList<Picture> Files);
