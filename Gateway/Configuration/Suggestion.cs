namespace Gateway.Configuration;

/// <summary>"Did you mean": the word nearest to a misspelt one.</summary>
internal static class Suggestion
{
    /// <summary>Longer input is not a slip of the finger, and the distance costs its length times the candidate's.</summary>
    private const int LongestWord = 64;

    /// <summary>The nearest candidate, or null when all differ in more than about a third of the letters.</summary>
    public static string? For(string word, IEnumerable<string> candidates)
    {
        if (word.Length is 0 or > LongestWord)
        {
            return null;
        }

        var allowed = Math.Max(1, word.Length / 3);
        var near = candidates
            .Where(candidate => candidate.Length <= LongestWord && Math.Abs(candidate.Length - word.Length) <= allowed)
            .Select(candidate => (candidate, distance: Distance(word, candidate)))
            .Where(pair => pair.distance <= allowed);
        return near.OrderBy(pair => pair.distance).Select(pair => pair.candidate).FirstOrDefault();
    }

    /// <summary>Optimal string alignment distance, ignoring case: insert, delete, replace, swap two neighbours.</summary>
    public static int Distance(string a, string b)
    {
        var cost = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            cost[i, 0] = i;
        }

        for (var j = 0; j <= b.Length; j++)
        {
            cost[0, j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var replace = cost[i - 1, j - 1] + (Same(a[i - 1], b[j - 1]) ? 0 : 1);
                cost[i, j] = Math.Min(replace, Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[a.Length, b.Length];
    }

    private static bool Same(char x, char y) => char.ToUpperInvariant(x) == char.ToUpperInvariant(y);
}
