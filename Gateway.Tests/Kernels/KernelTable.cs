using Gateway.Lab.Reports;

namespace Gateway.Tests.Kernels;

/// <summary>What each kernel can do, as a table between two marks of a page.</summary>
internal static class KernelTable
{
    internal const string Begin = "<!-- ./test --kernels writes this table -->";
    internal const string End = "<!-- to here -->";

    public static void Write(string page, IReadOnlyList<KernelRun> runs) => File.WriteAllText(page, Into(File.ReadAllText(page), Of(runs)));

    /// <exception cref="InvalidDataException">The page has not both marks.</exception>
    internal static string Into(string page, string table)
    {
        var (begin, end) = (page.IndexOf(Begin, StringComparison.Ordinal), page.IndexOf(End, StringComparison.Ordinal));
        return begin >= 0 && end > begin
            ? $"{page[..(begin + Begin.Length)]}\n\n{table}\n{page[end..]}"
            : throw new InvalidDataException($"The page has no '{Begin}' with '{End}' behind it.");
    }

    internal static string Of(IReadOnlyList<KernelRun> runs)
    {
        var table = new MarkdownTable(["", .. runs.Select(run => $"{run.Kernel.Version} ({run.Kernel.Suite})")]);
        foreach (var what in runs.SelectMany(run => run.Facts).Select(fact => fact.What).Distinct())
        {
            table.Add([what, .. runs.Select(run => run.Facts.Where(fact => fact.What == what).Select(fact => fact.Value).DefaultIfEmpty("").Single())]);
        }

        table.Add(["tests passed", .. runs.Select(run => $"{run.Tests.Values.Count(failure => failure is null)} of {run.Tests.Count}")]);
        return table.ToString();
    }
}
