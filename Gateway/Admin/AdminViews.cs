using System.Text.Json.Serialization;
using Gateway.Activation;
using Gateway.Telemetry;

namespace Gateway.Admin;

/// <summary>A function as the admin endpoint shows it.</summary>
internal sealed record FunctionView(string Name, string State, int InFlight, IReadOnlyList<InstanceView> Instances, string? Failure, RestView? Rest)
{
    public static FunctionView Of(FunctionSnapshot function) => new(
        function.Name,
        function.State.ToString(),
        function.InFlight,
        [.. function.Instances.Select(instance => new InstanceView(instance.Id, instance.State.ToString(), instance.InFlight, instance.Endpoint?.ToString()))],
        function.Failure,
        function.Rest is { } rest ? new RestView(rest.Tier.ToString(), rest.Reason) : null);
}

/// <summary>The last decision about a function's rest, and why.</summary>
internal sealed record RestView(string Tier, string Reason);

/// <summary>An instance as the admin endpoint shows it.</summary>
internal sealed record InstanceView(string Id, string State, int InFlight, string? Endpoint);

/// <summary>A hook as the admin endpoint shows it: where it is attached, and why it is not or does less.</summary>
internal sealed record AttachmentView(string Interface, string Mode, string? Why, string? Refused);

/// <summary>An error as the admin endpoint answers it: problem details (RFC 9457).</summary>
internal sealed record ErrorView(string Type, string Title, int Status, string Detail);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(FunctionView))]
[JsonSerializable(typeof(IReadOnlyList<FunctionView>))]
[JsonSerializable(typeof(IReadOnlyList<ColdStartView>))]
[JsonSerializable(typeof(IReadOnlyList<AttachmentView>))]
[JsonSerializable(typeof(ErrorView))]
internal sealed partial class AdminJson : JsonSerializerContext;
