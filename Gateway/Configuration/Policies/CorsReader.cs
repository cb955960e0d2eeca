using Gateway.Configuration.Schema;
using Microsoft.AspNetCore.Cors.Infrastructure;

namespace Gateway.Configuration.Policies;

/// <summary>Reads <c>Cors</c>, whose policies have the properties of CorsPolicy.</summary>
internal static class CorsReader
{
    private static readonly TextFormat s_origin = new(@"^\*$|^.*://[^/?#@]+$", "https://app.example");
    private static readonly TimeSpan LongestPreflight = TimeSpan.FromDays(365);

    public static PolicySet<CorsPolicy> Read(SectionReader section) => new(
        section.Has("DefaultPolicy") ? Policy(section.Section("DefaultPolicy")) : null,
        PoliciesReader.Named(section, Policy));

    private static CorsPolicy Policy(SectionReader section)
    {
        var builder = new CorsPolicyBuilder();
        Origins(section, builder);
        AnyOrThese(section, "Methods", "AllowAnyMethod", builder.AllowAnyMethod, builder.WithMethods);
        AnyOrThese(section, "Headers", "AllowAnyHeader", builder.AllowAnyHeader, builder.WithHeaders);
        builder.WithExposedHeaders(section.Texts("ExposedHeaders"));
        if (section.Duration("PreflightMaxAge", TimeSpan.Zero, LongestPreflight) is { } age)
        {
            builder.SetPreflightMaxAge(age);
        }

        var credentials = section.Flag("SupportsCredentials") == true;
        var policy = builder.Build();
        if (credentials && policy.AllowAnyOrigin)
        {
            section.Error("SupportsCredentials", "not together with any origin: every site could act in the user's name; list the Origins.");
        }

        policy.SupportsCredentials = credentials;
        section.End();
        return policy;
    }

    private static void Origins(SectionReader section, CorsPolicyBuilder builder)
    {
        var origins = section.List("Origins", s_origin);
        if (section.Flag("AllowAnyOrigin") == true)
        {
            if (origins.Count > 0)
            {
                section.Error("AllowAnyOrigin", "any origin is allowed, and some are listed; take one of the two away.");
            }

            builder.AllowAnyOrigin();
            return;
        }

        if (origins.Count == 0)
        {
            section.Error("Origins", "nobody is allowed; list origins, e.g. [ \"https://app.example\" ], or say \"AllowAnyOrigin\": true.");
        }

        foreach (var origin in origins)
        {
            if (origin.Value != "*" && !IsOrigin(origin.Value))
            {
                section.Error(origin, $"{ReadContext.Quote(origin.Value)} is not an origin; write scheme, host and port alone, e.g. \"https://app.example\" or \"https://*.app.example:8443\".");
            }
        }

        builder.WithOrigins([.. origins.Select(origin => origin.Value)]);
        if (origins.Any(origin => origin.Value.Contains("*.", StringComparison.Ordinal)))
        {
            builder.SetIsOriginAllowedToAllowWildcardSubdomains();
        }
    }

    // An origin has no path, no user and no query (RFC 6454, section 6.2).
    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text.Replace("*.", "wildcard.", StringComparison.Ordinal), UriKind.Absolute, out var uri)
        && uri.Host.Length > 0 && !uri.Host.Contains('*', StringComparison.Ordinal)
        && text.EndsWith(uri.Authority.Replace("wildcard.", "*.", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase)
        && uri.UserInfo.Length == 0;

    private static void AnyOrThese(SectionReader section, string list, string any, Func<CorsPolicyBuilder> allowAny, Func<string[], CorsPolicyBuilder> allow)
    {
        var these = section.Texts(list);
        if (section.Flag(any) != true)
        {
            allow(these);
            return;
        }

        if (these.Length > 0)
        {
            section.Error(any, $"all are allowed, and some are listed under {list}; take one of the two away.");
        }

        allowAny();
    }
}
