using System.Buffers;
using Gateway.Configuration.Schema;

namespace Gateway.Configuration;

/// <summary>Checks names. The rule is the Docker engine's for containers and networks, and such names fit cgroup directories and metric labels too.</summary>
internal static class Names
{
    /// <summary>The length of the longest function name, which is that of a DNS label (RFC 1035, section 2.3.4).</summary>
    public const int MaxFunctionName = 63;

    /// <summary>What a name of any length looks like.</summary>
    public static readonly TextFormat Written = new("^[A-Za-z0-9][A-Za-z0-9._-]*$", "front");

    /// <summary>What the name of a function looks like.</summary>
    public static readonly TextFormat Function = new($"^[A-Za-z0-9][A-Za-z0-9._-]{{0,{MaxFunctionName - 1}}}$", "hello");

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>Tells whether a name is an ASCII letter or digit, followed by any number of letters, digits, '.', '_' and '-'.</summary>
    public static bool IsValid(string name, int maxLength) =>
        name.Length >= 1 && name.Length <= maxLength && char.IsAsciiLetterOrDigit(name[0]) && !name.AsSpan().ContainsAnyExcept(Allowed);
}
