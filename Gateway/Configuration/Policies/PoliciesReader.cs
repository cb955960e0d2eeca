using System.Collections.Frozen;

namespace Gateway.Configuration.Policies;

/// <summary>Reads the sections of ASP.NET Core's own middlewares. They are beside <c>Kestrel</c> and <c>ReverseProxy</c>, and use the framework's words.</summary>
internal sealed class PoliciesReader(ConfigurationNode root, ReadContext context)
{
    /// <summary>The names of policies to which YARP gives a meaning of its own.</summary>
    internal static readonly string[] Reserved = ["Default", "Anonymous", "Disable"];

    /// <summary>The names of the sections that are read here.</summary>
    public static IReadOnlyList<string> Keys { get; } =
        ["Authentication", "Authorization", "Cors", "Hsts", "HttpsRedirection", "OutputCache", "RateLimiter", "RequestTimeouts", "ResponseCompression"];

    /// <summary>Reads the sections.</summary>
    /// <param name="shared">The addresses of the user's own endpoints, among which redirections look for an https port.</param>
    public PolicyOptions Read(IReadOnlyList<ListenAddress> shared)
    {
        var authentication = Read("Authentication", AuthenticationReader.Read);
        var schemes = authentication?.Value;
        return new PolicyOptions
        {
            Authentication = authentication,
            Authorization = Read("Authorization", section => AuthorizationReader.Read(section, schemes)),
            Cors = Read("Cors", CorsReader.Read),
            RateLimiter = Read("RateLimiter", section => RateLimiterReader.Read(section, schemes)),
            OutputCache = Read("OutputCache", OutputCacheReader.Read),
            RequestTimeouts = Read("RequestTimeouts", TimeoutsReader.Read),
            ResponseCompression = Read("ResponseCompression", CompressionReader.Read),
            Hsts = Read("Hsts", HttpsReader.ReadHsts),
            HttpsRedirection = Section("HttpsRedirection") is { } redirection ? HttpsReader.ReadRedirection(redirection, shared) : null,
        };
    }

    /// <summary>Returns the named policies of a section, each read by <paramref name="read"/>.</summary>
    internal static FrozenDictionary<string, T> Named<T>(SectionReader section, Func<SectionReader, T?> read) where T : class
    {
        var named = new Dictionary<string, T>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, policy) in section.Sections("Policies"))
        {
            if (Reserved.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                policy.Error($"{ReadContext.Quote(name)} has a meaning of its own where a route names a policy; choose another name.");
            }

            if (read(policy) is { } value)
            {
                named[name] = value;
            }
        }

        return named.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    // An environment variable that has only the section's name is not meant for the gateway.
    private SectionReader? Section(string key) =>
        root.Find(key) is { } node && (node.HasChildren || node.Source != ConfigurationTree.Environment) ? new SectionReader(node, node.Name, node.Source, context) : null;

    private PolicySection<T>? Read<T>(string key, Func<SectionReader, T> read)
    {
        if (Section(key) is not { } section)
        {
            return null;
        }

        var value = read(section);
        section.End();
        return new PolicySection<T>(value, section.Node!);
    }
}
