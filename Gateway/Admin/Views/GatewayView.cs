using Gateway.Configuration;
using Gateway.Signals;
using Gateway.Telemetry;

namespace Gateway.Admin;

/// <summary>The gateway as the admin endpoint shows it.</summary>
/// <param name="Name">Its <c>Gateway:Name</c>.</param>
/// <param name="Started">When it started (RFC 3339).</param>
/// <param name="Shared">The addresses that functions share.</param>
internal sealed record GatewayView(
    string Name, string Version, string Runtime, string Started, IReadOnlyList<string> Shared, ConfigurationView Configuration, IReadOnlyList<AttachmentView> Hooks)
{
    public static IReadOnlyList<AttachmentView> HooksOf(KernelAttachment kernel) => [.. kernel.Attachments.Select(hook => new AttachmentView(hook.Interface, hook.Mode, hook.Why, hook.Refused))];
}

/// <summary>The configuration in use as the admin endpoint shows it.</summary>
/// <param name="Since">When it was put in use (RFC 3339).</param>
/// <param name="Errors">Why a newer one is not in use; empty if there is none.</param>
/// <param name="Warnings">What works in the one in use, but hardly as it was meant.</param>
/// <param name="NeedRestart">The keys whose change since the start is not in use before the next one.</param>
/// <param name="Rejected">The containers that are no functions because of their labels, by <c>RUNTIME CONTAINER</c>.</param>
internal sealed record ConfigurationView(
    string Since, int Functions, IReadOnlyList<MistakeView> Errors, IReadOnlyList<MistakeView> Warnings, IReadOnlyList<string> NeedRestart, IReadOnlyList<MistakeView> Rejected)
{
    public static ConfigurationView Of(ConfigurationMonitor monitor)
    {
        var state = monitor.State;
        return new(ColdStartView.Text(state.Since), monitor.Current.Functions.Count, MistakeView.Of(state.Errors), MistakeView.Of(state.Warnings), monitor.NeedRestart,
            [.. state.Rejected.Select(static function => new MistakeView($"{function.Runtime} {function.Container}", function.Reason, $"{ConfigurationError.LabelSource}{function.Container}"))]);
    }
}

/// <summary>A mistake in a configuration.</summary>
internal sealed record MistakeView(string Path, string Message, string Source)
{
    public static IReadOnlyList<MistakeView> Of(IEnumerable<ConfigurationError> errors) => [.. errors.Select(static error => new MistakeView(error.Path, error.Message, error.Source))];
}

/// <summary>A key of the configuration in use.</summary>
/// <param name="Key">Its path, below what was asked for.</param>
/// <param name="Value">Its value, or dots if it may be a secret.</param>
/// <param name="Source">Who wrote it last: a file, the environment or the command line.</param>
internal sealed record KeyView(string Key, string Value, string Source)
{
    private const string Hidden = "••••••";

    // What is below these, or ends with one of these, people put secrets into.
    private static readonly string[] s_sections = ["Environment", "Headers"];
    private static readonly string[] s_ends = ["Password", "Passphrase", "Secret", "Token", "Key", "Credentials", "ConnectionString"];
    // A transform's values, such as a header that it sets.
    private static readonly string[] s_transforms = ["Set", "Append", "Value"];

    /// <summary>Returns the keys below a node, in the order in which they were written.</summary>
    public static IEnumerable<KeyView> Below(ConfigurationNode node) => Below(node, "", isSecret: false);

    private static IEnumerable<KeyView> Below(ConfigurationNode node, string path, bool isSecret) => node.Children.SelectMany(child =>
    {
        var key = path.Length == 0 ? child.Name : $"{path}:{child.Name}";
        var hides = isSecret || IsSecret(child.Name) || (Has(s_transforms, child.Name) && path.Contains("Transforms", StringComparison.OrdinalIgnoreCase));
        return child.HasChildren ? Below(child, key, hides || Has(s_sections, child.Name)) : [new KeyView(key, hides ? Hidden : Shown(child.Value), child.Source)];
    });

    private static bool IsSecret(string name) => s_ends.Any(end => name.EndsWith(end, StringComparison.OrdinalIgnoreCase));

    private static bool Has(string[] names, string name) => names.Contains(name, StringComparer.OrdinalIgnoreCase);

    // An argument such as --password=secret.
    private static string Shown(string? value) =>
        value is null ? "null" : value.IndexOf('=', StringComparison.Ordinal) is var at and > 0 && IsSecret(value[..at]) ? $"{value[..at]}={Hidden}" : value;
}
