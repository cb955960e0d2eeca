namespace Gateway.Configuration.Policies;

/// <summary>Checks names of HTTP header fields, which are tokens (RFC 9110, section 5.6.2).</summary>
internal static class HeaderName
{
    private static readonly System.Buffers.SearchValues<char> Token =
        System.Buffers.SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    public static bool IsValid(ReadOnlySpan<char> name) => name.Length > 0 && !name.ContainsAnyExcept(Token);
}
