using System.Text.Json.Serialization;
using Gateway.Activation;
using Gateway.Activation.Trust;
using Gateway.Telemetry;

namespace Gateway.Admin;

/// <summary>The earliest signal that wakes for now, and why.</summary>
internal sealed record NeedView(string Needs, string Reason)
{
    public static NeedView? Of(TrustRestriction? restriction) => restriction is { } need ? new(need.Needs.ToString(), need.Reason) : null;
}

/// <summary>Which sources are restricted for now: all of them, and the groups that were restricted last.</summary>
internal sealed record TrustView(NeedView? Whole, IReadOnlyList<GroupView> Groups)
{
    /// <summary>How many groups are shown.</summary>
    public const int MostGroups = 100;

    public static TrustView Of(TrustJudge trust) => new(
        NeedView.Of(trust.Whole),
        [.. trust.Groups(MostGroups).Select(static entry => new GroupView(entry.Group.ToString(), entry.Restriction.Needs.ToString(), entry.Restriction.Reason))]);
}

/// <summary>A restricted group of sources.</summary>
internal sealed record GroupView(string Group, string Needs, string Reason);

/// <summary>A hook as the admin endpoint shows it: where it is attached, and why it is not or does less.</summary>
internal sealed record AttachmentView(string Interface, string Mode, string? Why, string? Refused);

/// <summary>An error as the admin endpoint answers it: problem details (RFC 9457).</summary>
internal sealed record ErrorView(string Type, string Title, int Status, string Detail);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(FunctionView))]
[JsonSerializable(typeof(IReadOnlyList<FunctionView>))]
[JsonSerializable(typeof(IReadOnlyList<ColdStartView>))]
[JsonSerializable(typeof(IReadOnlyList<AttachmentView>))]
[JsonSerializable(typeof(TrustView))]
[JsonSerializable(typeof(GatewayView))]
[JsonSerializable(typeof(IReadOnlyList<KeyView>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(ErrorView))]
[JsonSerializable(typeof(OutputView))]
internal sealed partial class AdminJson : JsonSerializerContext;
