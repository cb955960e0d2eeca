using Gateway.Configuration.Schema;

namespace Gateway.Configuration.Policies;

/// <summary>Checks names of HTTP header fields, which are tokens (RFC 9110, section 5.6.2).</summary>
internal static class HeaderName
{
    /// <summary>The pattern of a name, with neither its begin nor its end.</summary>
    public const string Pattern = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";

    /// <summary>What a name looks like.</summary>
    public static readonly TextFormat Written = new($"^{Pattern}$", "X-Real-IP");

    private static readonly System.Buffers.SearchValues<char> Token =
        System.Buffers.SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    public static bool IsValid(ReadOnlySpan<char> name) => name.Length > 0 && !name.ContainsAnyExcept(Token);
}
