using Gateway.Configuration.Schema;

namespace Gateway.Configuration.Policies;

/// <summary>
/// Reads <c>Authentication</c>, whose schemes are JWT bearer. The framework reads the same keys itself, but not before the first request, so they
/// are judged here.
/// </summary>
internal static class AuthenticationReader
{
    /// <summary>The length in bytes of the shortest key. HS256 needs 256 bits (RFC 7518, section 3.2).</summary>
    private const int ShortestKey = 32;

    private static readonly string[] Flags = ["ValidateIssuer", "IncludeErrorDetails", "MapInboundClaims", "RefreshOnIssuerKeyNotFound", "SaveToken"];
    private static readonly TextFormat s_address = new($@"^\s*{TextFormat.AnyCase("http")}[Ss]?:.+$", "https://id.example");
    private static readonly TextFormat s_key = new(@"^[A-Za-z0-9+/=\s]*$");
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    public static AuthenticationSchemes Read(SectionReader section)
    {
        var names = new List<string>();
        foreach (var (name, scheme) in section.Sections("Schemes"))
        {
            Scheme(scheme);
            names.Add(name);
        }

        var chosen = section.Text("DefaultScheme");
        if (chosen is not null && !names.Contains(chosen, StringComparer.Ordinal))
        {
            section.Error("DefaultScheme", $"{ReadContext.Quote(chosen)} is none of the Schemes; {(Suggestion.For(chosen, names) is { } near ? $"did you mean '{near}'?" : "name one of them.")}");
        }

        if (!section.HasNeededContent("Schemes"))
        {
            section.Error("Schemes", "no schemes; add e.g. { \"Bearer\": { \"Authority\": \"https://id.example\", \"ValidAudience\": \"api\" } }.");
        }

        return new AuthenticationSchemes(chosen ?? (names.Count == 1 ? names[0] : null), names);
    }

    private static void Scheme(SectionReader scheme)
    {
        foreach (var flag in Flags)
        {
            scheme.Flag(flag);
        }

        scheme.Text("Challenge");
        scheme.Duration("BackchannelTimeout", Shortest, Longest);
        scheme.Duration("RefreshInterval", Shortest, Longest);
        Audience(scheme);
        var keys = Keys(scheme, Issuers(scheme));
        var metadata = Metadata(scheme);
        if (!metadata && keys == 0)
        {
            scheme.Error("Authority", "nothing to verify a token's signature with; add the Authority whose metadata has the keys, or SigningKeys.");
        }

        scheme.End();
    }

    private static void Audience(SectionReader scheme)
    {
        var audience = scheme.Text("ValidAudience");
        var audiences = scheme.Texts("ValidAudiences");
        var isValidated = scheme.Flag("ValidateAudience") ?? true;
        if (isValidated && audience is null && audiences.Length == 0)
        {
            scheme.Error("ValidAudience", "every token would be refused; say which audience is meant, or \"ValidateAudience\": false.");
        }
    }

    /// <summary>Returns the issuers whose tokens are accepted.</summary>
    private static string[] Issuers(SectionReader scheme)
    {
        string[] many = scheme.Texts("ValidIssuers");
        return scheme.Text("ValidIssuer") is { } one ? [one, .. many] : many;
    }

    /// <summary>Tells whether the scheme gets the keys of its issuer from metadata.</summary>
    private static bool Metadata(SectionReader scheme)
    {
        var needsHttps = scheme.Flag("RequireHttpsMetadata") ?? true;
        var found = false;
        foreach (var key in (string[])["Authority", "MetadataAddress"])
        {
            if (scheme.Text(key, s_address) is not { } text)
            {
                continue;
            }

            found = true;
            if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp))
            {
                scheme.Error(key, $"{ReadContext.Quote(text)} is not an address; write e.g. \"https://id.example\".");
            }
            else if (needsHttps && uri.Scheme != Uri.UriSchemeHttps)
            {
                scheme.Error(key, $"{ReadContext.Quote(text)} is not https; use https, or say \"RequireHttpsMetadata\": false where nobody can listen.");
            }
        }

        return found;
    }

    // The framework looks for one key of each valid issuer, and ignores all others without a word. Returns the number of keys that it will use.
    private static int Keys(SectionReader scheme, string[] issuers)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var key in scheme.Objects("SigningKeys"))
        {
            // These two are written by `dotnet user-jwts` and have no effect here.
            key.Text("Id");
            key.Text("Length");
            var issuer = key.Text("Issuer");
            if (!key.HasNeeded("Issuer") || issuer is null || !issuers.Contains(issuer, StringComparer.Ordinal))
            {
                key.Error("Issuer", "a key belongs to an issuer; name one of ValidIssuer and ValidIssuers.");
            }
            else if (!known.Add(issuer))
            {
                key.Error("Issuer", $"{ReadContext.Quote(issuer)} has a key already; each issuer has one.");
            }

            var value = key.Text("Value", s_key);
            var bytes = new byte[value?.Length ?? 0];
            if (!key.HasNeeded("Value") || value is null || !Convert.TryFromBase64String(value, bytes, out var length) || length < ShortestKey)
            {
                key.Error("Value", $"not a key; write {ShortestKey} bytes or more in base64.");
            }

            key.End();
        }

        return known.Count;
    }
}
