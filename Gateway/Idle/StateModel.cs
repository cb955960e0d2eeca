using System.Text.Json.Serialization;
using Gateway.Model;

namespace Gateway.Idle;

/// <summary>What the state file holds. Nothing in it tells one client from another.</summary>
/// <param name="Version">Of this format; another one is not read.</param>
/// <param name="Functions">By name.</param>
internal sealed record StateModel(int Version, IReadOnlyDictionary<string, FunctionStateModel> Functions)
{
    public const int CurrentVersion = 1;
}

/// <param name="Program">What it was measured of: <see cref="ProgramFingerprint.OfWake"/>.</param>
/// <param name="WakeOn">What its windows were measured with.</param>
/// <param name="Wakes">T_ready by tier.</param>
/// <param name="Windows">W, oldest first.</param>
/// <param name="Gaps">Times between uses.</param>
/// <param name="Build">Which build of it: <see cref="Runtimes.IInstance.Build"/>. Files of before it was kept have none.</param>
internal sealed record FunctionStateModel(
    string Program,
    SignalKind WakeOn,
    IReadOnlyDictionary<Tier, WakesModel> Wakes,
    IReadOnlyList<WindowModel> Windows,
    GapsModel Gaps,
    string Build = "");

/// <param name="At">When the last one was.</param>
/// <param name="Microseconds">Oldest first.</param>
internal sealed record WakesModel(DateTimeOffset At, IReadOnlyList<int> Microseconds);

internal sealed record WindowModel(SignalKind Signal, int Microseconds);

internal sealed record GapsModel(int Count, IReadOnlyList<GapBinModel> Bins);

/// <summary>A <see cref="GapBin"/> and its place.</summary>
internal sealed record GapBinModel(int Bin, int Reached, int Ended, double Share, double Mean, double Deviation);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(StateModel))]
internal sealed partial class StateJson : JsonSerializerContext;
