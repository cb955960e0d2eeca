namespace Gateway.Configuration;

/// <summary>Reads all functions, and what must be one function's alone.</summary>
internal sealed class FunctionsReader(ReadContext context, AddressClaims claims)
{
    private const string Key = "Functions";

    public IReadOnlyList<FunctionOptions> Read(SectionReader gateway)
    {
        var functions = new List<FunctionOptions>();
        var synIds = new Dictionary<string, string>(StringComparer.Ordinal);
        var reader = new FunctionReader(context, claims);
        foreach (var node in gateway.Named(Key))
        {
            var path = ConfigurationPath.Combine(gateway.PathOf(Key), node.Name);
            var function = reader.Read(node, path);
            functions.Add(function);
            if (function.SynId is not { } id || synIds.TryAdd(id, path))
            {
                continue;
            }

            context.Error($"{path}:{node.Find("SynId")!.Name}", node.Find("SynId")!.Source, $"'{id}' is the SynId of {synIds[id]} too; each function needs its own.");
        }

        return functions;
    }
}
