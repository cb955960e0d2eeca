using System.Net;

namespace Gateway.Configuration;

/// <summary>Reads where a container engine's API is.</summary>
/// <param name="root">Holds the environment variables, which come in as keys of their own.</param>
internal sealed class EngineReader(SectionReader gateway, ConfigurationNode root, ReadContext context)
{
    private static readonly string[] Schemes = ["unix", "tcp", "http", "https"];

    /// <param name="kind">Names the section.</param>
    /// <param name="variable">The environment variable that the engine's own command reads.</param>
    /// <param name="engine">Without either.</param>
    /// <param name="used">Runtimes that functions run on: else what the variable says is nobody's mistake.</param>
    public EngineOptions Read(RuntimeKind kind, string variable, EngineOptions engine, HashSet<RuntimeKind> used)
    {
        var section = gateway.Section(kind.ToString());
        if (section.Text("Endpoint") is { } written)
        {
            engine = Parse(written, section.PathOf("Endpoint"), section.SourceOf("Endpoint"), engine);
        }
        else if (used.Contains(kind) && root.Find(variable) is { Value: { Length: > 0 } host } node)
        {
            engine = Parse(host, variable, node.Source, engine);
        }

        section.End();
        return engine;
    }

    private EngineOptions Parse(string text, string path, string source, EngineOptions otherwise)
    {
        var valid = Uri.TryCreate(text, UriKind.Absolute, out var uri)
            && Schemes.Contains(uri.Scheme, StringComparer.Ordinal)
            && (uri.Scheme == "unix" ? uri.Host.Length == 0 && uri.AbsolutePath.Length > 1 : uri.Host.Length > 0 && uri.Port is > 0 and <= IPEndPoint.MaxPort);
        if (!valid)
        {
            context.Error(path, source, $"{ReadContext.Quote(text)} is not an engine's address; write \"unix://{otherwise.Endpoint.AbsolutePath}\" or \"tcp://host:2375\".");
        }

        return valid ? new EngineOptions { Endpoint = uri! } : otherwise;
    }
}
