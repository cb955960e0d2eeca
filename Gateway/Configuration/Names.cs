using System.Buffers;

namespace Gateway.Configuration;

/// <summary>Names as the Docker engine allows them for containers and networks; cgroup directories and metric labels take them too.</summary>
internal static class Names
{
    /// <summary>Longest function name: a DNS label (RFC 1035, section 2.3.4).</summary>
    public const int MaxFunctionName = 63;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>A letter or digit, then letters, digits, '.', '_' and '-'.</summary>
    public static bool IsValid(string name, int maxLength) =>
        name.Length >= 1 && name.Length <= maxLength && char.IsAsciiLetterOrDigit(name[0]) && !name.AsSpan().ContainsAnyExcept(Allowed);
}
