using System.Globalization;
using Gateway.Lab.Simulation;

namespace Gateway.Lab.Commands;

/// <summary>A week of generated demand, kept in different ways: the table of docs/tiers.md.</summary>
internal static class SimulateCommand
{
    private const string Usage = "simulate: takes --functions N, --days N and --seed N, each once at most";

    /// <returns>0, or 2 for a wrong command line.</returns>
    public static async Task<int> RunAsync(string[] words)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal) { ["--functions"] = 200, ["--days"] = 7, ["--seed"] = 1 };
        foreach (var pair in words.Chunk(2))
        {
            if (pair is not [var name, var text] || !numbers.ContainsKey(name) || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 10_000)
            {
                await Console.Error.WriteLineAsync(Usage);
                return 2;
            }

            numbers[name] = number;
        }

        Console.WriteLine(Comparison.Run(numbers["--functions"], TimeSpan.FromDays(numbers["--days"]), numbers["--seed"]));
        return 0;
    }
}
