namespace Gateway.Configuration;

/// <summary>Reads all functions, and checks that those things are unique that only one function may have.</summary>
/// <param name="context">Takes the errors and the policies that functions name.</param>
/// <param name="claims">Takes the addresses of the functions.</param>
/// <param name="before">What an earlier pass read, or null.</param>
internal sealed class FunctionsReader(ReadContext context, AddressClaims claims, KnownFunctions? before)
{
    private const string Key = "Functions";

    /// <summary>The functions in which <see cref="Read"/> found no mistake, for the next pass.</summary>
    public KnownFunctions Known { get; private set; } = new("");

    /// <summary>Reads the functions, and takes over those that have not changed.</summary>
    /// <returns>Returns all functions, which are meaningful only if no error was noted.</returns>
    public IReadOnlyList<KnownFunction> Read(SectionReader gateway)
    {
        Known = new KnownFunctions(gateway.PathOf(Key));
        var functions = new List<KnownFunction>();
        var synIds = new Dictionary<string, string>(StringComparer.Ordinal);
        var alone = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var node in gateway.Named(Key, Names.Function))
        {
            var function = ReadOne(node);
            functions.Add(function);
            CheckAlone(node, function.Options, alone);
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

    private void CheckAlone(ConfigurationNode node, FunctionOptions function, Dictionary<string, string> alone)
    {
        if (function.Run.Alone is { } what && !alone.TryAdd($"{function.Run.Runtime} {what}", PathOf(node)))
        {
            var key = node.Find(function.Run.AloneKey);
            context.Error($"{PathOf(node)}:{key?.Name}", key?.Source ?? node.Source, $"{what} is that of {alone[$"{function.Run.Runtime} {what}"]} too; one function alone may start and stop it.");
        }
    }

    private KnownFunction ReadOne(ConfigurationNode node)
    {
        // The files of a page may have changed, too.
        if (before?.Path == Known.Path && before.TryGet(node, out var known) && known.Options.Hold.Page is not { Theme: not null })
        {
            // The function itself was right, but its addresses may have been given to another one since.
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
        // A function with a mistake is read again by the next pass, so that the mistake is reported again.
        if (context.Errors.Count == errors)
        {
            Known.Add(node, function);
        }

        return function;
    }

    private string PathOf(ConfigurationNode node) => ConfigurationPath.Combine(Known.Path, node.Name);
}
