using System.Globalization;
using Gateway.Runtimes.Engines.Gates;

namespace Gateway.Runtimes.Engines;

/// <summary>The labels that say to which gateway and function a container belongs.</summary>
internal static class ContainerLabels
{
    public const string Gateway = "headstart.gateway";
    public const string Function = "headstart.function";
    public const string Spec = "headstart.spec";

    /// <summary>The number of the instance within its function, from 1, where instances have volumes of their own.</summary>
    public const string Slot = "headstart.slot";

    /// <summary>The name of the container's gate, if it has one.</summary>
    public const string Gate = "headstart.gate";

    /// <summary>The id of the container that keeps the network that this one has joined.</summary>
    public const string Network = "headstart.network";

    /// <summary>The hash of the spec of a container that keeps a network. Such a container has no <see cref="Spec"/>, since it is no instance.</summary>
    public const string Keeps = "headstart.keeps";

    /// <summary>The path in the container to which a volume belongs.</summary>
    public const string Path = "headstart.path";

    /// <summary>Returns the labels of a container.</summary>
    /// <param name="users">The labels from the configuration.</param>
    /// <param name="slot">The slot, or 0 if there is none.</param>
    /// <param name="gate">The name of the gate, or null if there is none.</param>
    /// <param name="network">The id of the container that keeps its network, or null if none does.</param>
    public static Dictionary<string, string> Of(
        IReadOnlyDictionary<string, string> users, string gateway, string function, string hash, int slot, string? gate, string? network)
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

        if (gate is not null)
        {
            labels[Gate] = gate;
        }

        if (network is not null)
        {
            labels[Network] = network;
        }

        return labels;
    }

    /// <summary>Returns the labels of a volume.</summary>
    public static Dictionary<string, string> OfVolume(string gateway, string function, int slot, string path) => new()
    {
        [Gateway] = gateway,
        [Function] = Normalize(function),
        [Slot] = slot.ToString(CultureInfo.InvariantCulture),
        [Path] = path,
    };

    /// <summary>Returns the labels of a container that keeps a network.</summary>
    public static Dictionary<string, string> OfNetwork(string gateway, string function, string hash) => new()
    {
        [Gateway] = gateway,
        [Function] = Normalize(function),
        [Keeps] = hash,
    };

    /// <summary>Returns the id of the container that keeps the network, or null if none does.</summary>
    public static string? NetworkOf(IDictionary<string, string> labels) =>
        labels.TryGetValue(Network, out var network) && network.Length > 0 ? network : null;

    /// <summary>Returns the hash in the labels of a container that keeps a network, which is empty for others.</summary>
    public static string KeptHashOf(IDictionary<string, string> labels) => labels.TryGetValue(Keeps, out var hash) ? hash : "";

    /// <summary>Returns the slot in the labels, or 0 if there is none.</summary>
    public static int SlotOf(IDictionary<string, string> labels) =>
        labels.TryGetValue(Slot, out var text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var slot) ? slot : 0;

    /// <summary>Returns the name of the gate in the labels, or null if there is none. Names that are not the gateway's own count as none, because they become paths.</summary>
    public static string? GateOf(IDictionary<string, string> labels) =>
        labels.TryGetValue(Gate, out var gate) && (gate == GatePorts.Name || (gate.Length == 16 && gate.All(char.IsAsciiHexDigitLower))) ? gate : null;

    /// <summary>Returns a list filter for the containers of one function, whatever their spec, and for those that keep its networks.</summary>
    public static Dictionary<string, IDictionary<string, bool>> Filter(string gateway, string function) => new()
    {
        ["label"] = new Dictionary<string, bool> { [$"{Gateway}={gateway}"] = true, [$"{Function}={Normalize(function)}"] = true },
    };

    /// <summary>Returns a list filter for all containers of one gateway.</summary>
    public static Dictionary<string, IDictionary<string, bool>> Filter(string gateway) => new()
    {
        ["label"] = new Dictionary<string, bool> { [$"{Gateway}={gateway}"] = true, [Function] = true },
    };

    /// <summary>Returns true if a gateway has made the container, for a function or to keep a network.</summary>
    public static bool IsMade(IDictionary<string, string> labels) => labels.ContainsKey(Spec) || labels.ContainsKey(Keeps);

    /// <summary>Returns the function that a container was made for, in lower case, or null if no gateway has made it.</summary>
    public static string? OwnerOf(IDictionary<string, string> labels) => labels.ContainsKey(Spec) ? NameOf(labels) : null;

    /// <summary>Returns the function that a container keeps a network for, in lower case, or null if it is not such a container of a gateway.</summary>
    public static string? KeeperOf(IDictionary<string, string> labels) => labels.ContainsKey(Keeps) && !labels.ContainsKey(Spec) ? NameOf(labels) : null;

    private static string? NameOf(IDictionary<string, string> labels) =>
        labels.ContainsKey(Gateway) && labels.TryGetValue(Function, out var function) && function.Length > 0 ? function : null;

    /// <summary>
    /// Returns a container name, which has letters, digits and <c>_.-</c> (moby, daemon/names). Other characters of the function's name become
    /// dashes; two functions whose names then look alike get different numbers.
    /// </summary>
    public static string Name(string function, int number) => string.Create(CultureInfo.InvariantCulture, $"headstart-{Clean(function)}-{number}");

    /// <summary>Returns the text with a dash for each character that names on the engine cannot have.</summary>
    public static string Clean(string text) => string.Create(text.Length, text, static (name, from) =>
    {
        for (var i = 0; i < from.Length; i++)
        {
            name[i] = char.IsAsciiLetterOrDigit(from[i]) || from[i] is '_' or '.' or '-' ? from[i] : '-';
        }
    });

    /// <summary>Converts to lower case, because function names ignore case and the engine's filters do not.</summary>
    private static string Normalize(string function) => function.ToLowerInvariant();
}
