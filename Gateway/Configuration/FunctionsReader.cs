namespace Gateway.Configuration;

/// <summary>Reads all functions, and what must be one function's alone.</summary>
/// <param name="before">What an earlier pass read; null: nothing.</param>
internal sealed class FunctionsReader(ReadContext context, AddressClaims claims, KnownFunctions? before)
{
    private const string Key = "Functions";

    /// <summary>What <see cref="Read"/> found nothing wrong with.</summary>
    public KnownFunctions Known { get; private set; } = new("");

    public IReadOnlyList<KnownFunction> Read(SectionReader gateway)
    {
        Known = new KnownFunctions(gateway.PathOf(Key));
        var functions = new List<KnownFunction>();
        var synIds = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var node in gateway.Named(Key))
        {
            var function = ReadOne(node);
            functions.Add(function);
            if (function.Options.SynId is not { } id)
            {
                continue;
            }

            var path = PathOf(node);
            if (!synIds.TryAdd(id, path))
            {
                context.Error($"{path}:{node.Find("SynId")!.Name}", node.Find("SynId")!.Source, $"'{id}' is the SynId of {synIds[id]} too; each function needs its own.");
            }
        }

        return functions;
    }

    private KnownFunction ReadOne(ConfigurationNode node)
    {
        if (before?.Path == Known.Path && before.TryGet(node, out var known))
        {
            // It was right in itself; whether its addresses are still its alone is another matter.
            foreach (var claim in known.Claims)
            {
                claims.Claim(claim);
            }

            context.References.AddRange(known.Policies);
            Known.Add(node, known);
            return known;
        }

        var (errors, taken, named) = (context.Errors.Count, claims.All.Count, context.References.Count);
        var options = new FunctionReader(context, claims).Read(node, PathOf(node));
        var function = new KnownFunction(options, [.. claims.All.Skip(taken)], [.. context.References.Skip(named)]);
        // One with a mistake is read again, to name the mistake again.
        if (context.Errors.Count == errors)
        {
            Known.Add(node, function);
        }

        return function;
    }

    private string PathOf(ConfigurationNode node) => ConfigurationPath.Combine(Known.Path, node.Name);
}
