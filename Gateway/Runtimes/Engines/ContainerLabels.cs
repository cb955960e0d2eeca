using System.Text;

namespace Gateway.Runtimes.Engines;

/// <summary>How a container says whose it is.</summary>
internal static class ContainerLabels
{
    public const string Gateway = "headstart.gateway";
    public const string Function = "headstart.function";
    public const string Spec = "headstart.spec";

    public static Dictionary<string, string> Of(string gateway, string function, string hash) => new()
    {
        [Gateway] = gateway,
        [Function] = Normalize(function),
        [Spec] = hash,
    };

    /// <summary>A list filter for the containers of one function, whatever their spec.</summary>
    public static Dictionary<string, IDictionary<string, bool>> Filter(string gateway, string function) => new()
    {
        ["label"] = new Dictionary<string, bool>
        {
            [$"{Gateway}={gateway}"] = true,
            [$"{Function}={Normalize(function)}"] = true,
        },
    };

    /// <summary>
    /// A container name: letters, digits, <c>_.-</c> (moby, daemon/names). What else a function's name has becomes a
    /// dash; two functions that then look alike take different numbers.
    /// </summary>
    public static string Name(string function, int number)
    {
        var name = new StringBuilder("headstart-");
        foreach (var c in function)
        {
            name.Append(char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-' ? c : '-');
        }

        return name.Append('-').Append(number).ToString();
    }

    /// <summary>Function names ignore case; the engine's filters do not.</summary>
    private static string Normalize(string function) => function.ToLowerInvariant();
}
