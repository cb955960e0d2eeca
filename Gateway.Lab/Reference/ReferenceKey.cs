using Gateway.Configuration.Schema;

namespace Gateway.Lab.Reference;

/// <summary>A key that the readers ask for.</summary>
/// <param name="Path">Its path below <c>Gateway</c> or below a function; items of lists have the number 0.</param>
/// <param name="Shape">What its value may be.</param>
/// <param name="Runtimes">The runtimes whose functions have it; empty for a key that has nothing to do with runtimes.</param>
internal sealed record ReferenceKey(string Path, KeyShape Shape, IReadOnlyList<string> Runtimes);

/// <summary>The keys of a section, found as the schema finds them: by asking the readers.</summary>
internal static class ReferenceKeys
{
    private const string Functions = "Functions";

    /// <summary>Returns the keys below <c>Gateway</c> that are no function's.</summary>
    public static IEnumerable<ReferenceKey> OfGateway(SectionShape gateway) =>
        gateway.Keys.Where(pair => pair.Key != Functions).SelectMany(pair => At(pair.Key, pair.Shape, []));

    /// <summary>Returns the keys of a function. One that functions of several runtimes have is there once.</summary>
    public static IEnumerable<ReferenceKey> OfFunction(SectionShape gateway)
    {
        var function = gateway.Keys.First(pair => pair.Key == Functions).Shape.Entry!.Section!;
        var each = function.Variants.SelectMany(variant => variant.Shape.Keys.SelectMany(pair => At(pair.Key, pair.Shape, [variant.Word])));
        return each.GroupBy(key => key.Path, StringComparer.Ordinal)
            .Select(group => group.First() with { Runtimes = [.. group.SelectMany(key => key.Runtimes).Distinct(StringComparer.Ordinal)] });
    }

    private static IEnumerable<ReferenceKey> At(string path, KeyShape shape, IReadOnlyList<string> runtimes)
    {
        // An object of known keys alone is told of by these. Maps and lists of single values are keys themselves.
        if (shape.Scalar is not null || shape.Item is not null || shape.Entry is not null)
        {
            yield return new ReferenceKey(path, shape, runtimes);
        }

        var below = (shape.Section?.Keys ?? []).Select(pair => (Path: $"{path}:{pair.Key}", pair.Shape))
            .Concat((shape.Item?.Section?.Keys ?? []).Select(pair => (Path: $"{path}:0:{pair.Key}", pair.Shape)));
        foreach (var key in below.SelectMany(pair => At(pair.Path, pair.Shape, runtimes)))
        {
            yield return key;
        }
    }
}
