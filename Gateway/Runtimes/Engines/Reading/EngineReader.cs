using System.Net;
using Gateway.Configuration;
using Gateway.Configuration.Schema;

namespace Gateway.Runtimes.Engines.Reading;

/// <summary>Reads where an engine's API is, from the engine's section in <c>Gateway</c> or else from the variable that the engine's own command reads, and where the gates are.</summary>
internal static class EngineReader
{
    private const string Key = "Endpoint";

    private static readonly string[] Schemes = ["unix", "tcp", "http", "https"];
    private static readonly TextFormat s_endpoint =
        new($@"^\s*(?:{string.Join('|', Schemes.Select(TextFormat.AnyCase))}):.+$", "unix:///var/run/docker.sock", "tcp://127.0.0.1:2375");

    /// <summary>Reads the endpoint. The engine's own variable counts only if <paramref name="isUsed"/> says that a function uses the engine.</summary>
    public static EngineOptions Read(EngineDialect dialect, SectionReader gateway, ConfigurationNode root, bool isUsed)
    {
        var section = gateway.Section(dialect.Name);
        var endpoint = dialect.DefaultEndpoint;
        var discovers = section.Flag("Discover") ?? false;
        if (section.Text(Key, s_endpoint) is { } written)
        {
            endpoint = Parse(section, new ListItem(written, section.PathOf(Key), section.SourceOf(Key)), endpoint);
        }
        else if ((isUsed || discovers) && root.Find(dialect.EndpointVariable) is { Value: { Length: > 0 } host } node)
        {
            endpoint = Parse(section, new ListItem(host, dialect.EndpointVariable, node.Source), endpoint);
        }

        var gate = section.FilePath("Gate", "write a directory of this machine, or \"\" for no gates");
        if (gate?.Contains('\0', StringComparison.Ordinal) == true)
        {
            section.Error("Gate", "a directory's name has no null character in it; name a directory of this machine.");
            gate = null;
        }

        var kept = section.Integer("KeptNetworks", 0, EngineOptions.MostKeptNetworks) ?? EngineOptions.DefaultKeptNetworks;
        section.End();
        return new EngineOptions { Endpoint = endpoint, Gate = gate, Discover = discovers, KeptNetworks = kept };
    }

    private static Uri Parse(SectionReader section, ListItem text, Uri otherwise)
    {
        var valid = Uri.TryCreate(text.Value, UriKind.Absolute, out var uri)
            && Schemes.Contains(uri.Scheme, StringComparer.Ordinal)
            && (uri.Scheme == "unix" ? uri.Host.Length == 0 && uri.AbsolutePath.Length > 1 : uri.Host.Length > 0 && uri.Port is > 0 and <= IPEndPoint.MaxPort);
        if (!valid)
        {
            section.Error(text, $"{ReadContext.Quote(text.Value)} is not an engine's address; write \"unix://{otherwise.AbsolutePath}\" or \"tcp://host:2375\".");
        }

        return valid ? uri! : otherwise;
    }
}
