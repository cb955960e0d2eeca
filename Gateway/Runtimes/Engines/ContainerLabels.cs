using System.Globalization;

namespace Gateway.Runtimes.Engines;

/// <summary>How a container says whose it is.</summary>
internal static class ContainerLabels
{
    public const string Gateway = "headstart.gateway";
    public const string Function = "headstart.function";
    public const string Spec = "headstart.spec";

    /// <summary>Which of its function's instances a container is, where they have volumes of their own; from 1.</summary>
    public const string Slot = "headstart.slot";

    /// <summary>Where in the container a volume belongs.</summary>
    public const string Path = "headstart.path";

    /// <param name="users">What the configuration has besides.</param>
    /// <param name="slot">0: none.</param>
    public static Dictionary<string, string> Of(IReadOnlyDictionary<string, string> users, string gateway, string function, string hash, int slot)
    {
        var labels = new Dictionary<string, string>(users)
        {
            [Gateway] = gateway,
            [Function] = Normalize(function),
            [Spec] = hash,
        };
        if (slot > 0)
        {
            labels[Slot] = slot.ToString(CultureInfo.InvariantCulture);
        }

        return labels;
    }

    public static Dictionary<string, string> OfVolume(string gateway, string function, int slot, string path) => new()
    {
        [Gateway] = gateway,
        [Function] = Normalize(function),
        [Slot] = slot.ToString(CultureInfo.InvariantCulture),
        [Path] = path,
    };

    /// <summary>0: it has none.</summary>
    public static int SlotOf(IDictionary<string, string> labels) =>
        labels.TryGetValue(Slot, out var text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var slot) ? slot : 0;

    /// <summary>A list filter for the containers of one function, whatever their spec.</summary>
    public static Dictionary<string, IDictionary<string, bool>> Filter(string gateway, string function) => new()
    {
        ["label"] = new Dictionary<string, bool>
        {
            [$"{Gateway}={gateway}"] = true,
            [$"{Function}={Normalize(function)}"] = true,
            // Containers that somebody else has labelled have none.
            [Spec] = true,
        },
    };

    /// <summary>A list filter for all containers of a gateway's.</summary>
    public static Dictionary<string, IDictionary<string, bool>> Filter(string gateway) => new()
    {
        ["label"] = new Dictionary<string, bool> { [$"{Gateway}={gateway}"] = true, [Function] = true, [Spec] = true },
    };

    /// <summary>The function that a container was made for, in lower case; null: no gateway has made it.</summary>
    public static string? OwnerOf(IDictionary<string, string> labels) =>
        labels.ContainsKey(Gateway) && labels.ContainsKey(Spec) && labels.TryGetValue(Function, out var function) && function.Length > 0 ? function : null;

    /// <summary>
    /// A container name: letters, digits, <c>_.-</c> (moby, daemon/names). What else a function's name has becomes a
    /// dash; two functions that then look alike take different numbers.
    /// </summary>
    public static string Name(string function, int number) => string.Create(CultureInfo.InvariantCulture, $"headstart-{Clean(function)}-{number}");

    /// <summary>With a dash for what names of the engine's cannot have.</summary>
    public static string Clean(string text) => string.Create(text.Length, text, static (name, from) =>
    {
        for (var i = 0; i < from.Length; i++)
        {
            name[i] = char.IsAsciiLetterOrDigit(from[i]) || from[i] is '_' or '.' or '-' ? from[i] : '-';
        }
    });

    /// <summary>Function names ignore case; the engine's filters do not.</summary>
    private static string Normalize(string function) => function.ToLowerInvariant();
}
