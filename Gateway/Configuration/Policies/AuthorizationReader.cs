using Microsoft.AspNetCore.Authorization;

namespace Gateway.Configuration.Policies;

/// <summary>Reads <c>Authorization</c>, whose policies have the requirements of AuthorizationPolicyBuilder.</summary>
internal static class AuthorizationReader
{
    /// <summary>Reads the section.</summary>
    /// <param name="section">The section <c>Authorization</c>.</param>
    /// <param name="schemes">The schemes that can authenticate clients, or null if there are none.</param>
    public static AuthorizationPolicies Read(SectionReader section, AuthenticationSchemes? schemes) => new(
        section.Has("DefaultPolicy") ? Policy(section.Section("DefaultPolicy"), schemes) : null,
        section.Has("FallbackPolicy") ? Policy(section.Section("FallbackPolicy"), schemes) : null,
        PoliciesReader.Named(section, policy => Policy(policy, schemes)));

    private static AuthorizationPolicy? Policy(SectionReader section, AuthenticationSchemes? schemes)
    {
        var builder = new AuthorizationPolicyBuilder();
        if (section.Flag("RequireAuthenticatedUser") == true)
        {
            builder.RequireAuthenticatedUser();
        }

        if (section.Text("RequireUserName") is { Length: > 0 } name)
        {
            builder.RequireUserName(name);
        }

        if (section.Texts("RequireRole") is { Length: > 0 } roles)
        {
            builder.RequireRole(roles);
        }

        Claims(section, builder);
        Schemes(section, schemes, builder);
        section.End();
        if (builder.Requirements.Count > 0)
        {
            return builder.Build();
        }

        section.Error("nothing is required; write e.g. { \"RequireAuthenticatedUser\": true }, or { \"RequireClaim\": { \"scope\": [\"read\"] } }.");
        return null;
    }

    private static void Claims(SectionReader section, AuthorizationPolicyBuilder builder)
    {
        foreach (var claim in section.Named("RequireClaim"))
        {
            var values = section.Section("RequireClaim").Texts(claim.Name);
            if (values.Length == 0)
            {
                builder.RequireClaim(claim.Name);
            }
            else
            {
                builder.RequireClaim(claim.Name, values);
            }
        }
    }

    private static void Schemes(SectionReader section, AuthenticationSchemes? schemes, AuthorizationPolicyBuilder builder)
    {
        var named = section.List("AuthenticationSchemes");
        foreach (var item in named)
        {
            if (schemes?.Names.Contains(item.Value, StringComparer.Ordinal) != true)
            {
                section.Error(item, $"{ReadContext.Quote(item.Value)} is none of Authentication:Schemes; add it there.");
            }

            builder.AuthenticationSchemes.Add(item.Value);
        }

        if (named.Count == 0 && PolicyJudge.NobodyToAsk(schemes) is { } why)
        {
            section.Error(why);
        }
    }
}
