namespace Gateway.Configuration;

/// <summary>Finds the word that is most similar to a misspelt one, for "did you mean".</summary>
internal static class Suggestion
{
    /// <summary>Longer input is hardly a misspelt word, and the cost of a distance is the product of the lengths.</summary>
    private const int LongestWord = 64;

    /// <summary>Returns the most similar candidate, or null if all differ in more than one letter and more than a third of them.</summary>
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
        // Of two that are as near, the one whose beginning was written.
        return near.OrderBy(pair => pair.distance).ThenByDescending(pair => pair.candidate.StartsWith(word, StringComparison.OrdinalIgnoreCase)).Select(pair => pair.candidate).FirstOrDefault();
    }

    /// <summary>
    /// Returns the optimal string alignment distance, ignoring case: how many letters have to be inserted, deleted, replaced or swapped with their
    /// neighbour.
    /// </summary>
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
