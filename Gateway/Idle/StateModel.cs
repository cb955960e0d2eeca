using System.Text.Json.Serialization;
using Gateway.Model;

namespace Gateway.Idle;

/// <summary>The content of the state file. Nothing in it identifies a client.</summary>
/// <param name="Version">The version of the format. A file of another version is not read.</param>
/// <param name="Functions">The functions by name.</param>
internal sealed record StateModel(int Version, IReadOnlyDictionary<string, FunctionStateModel> Functions)
{
    public const int CurrentVersion = 1;
}

/// <summary>What was learned about one function.</summary>
/// <param name="Program">The program that was measured: <see cref="ProgramFingerprint.OfWake"/>.</param>
/// <param name="WakeOn">The signal that the windows were measured with.</param>
/// <param name="Wakes">T_ready by tier.</param>
/// <param name="Windows">The windows (W), the oldest first.</param>
/// <param name="Gaps">The times between uses.</param>
/// <param name="Build">The build of the program: <see cref="Runtimes.IInstance.Build"/>. Older files do not have it.</param>
internal sealed record FunctionStateModel(
    string Program,
    SignalKind WakeOn,
    IReadOnlyDictionary<Tier, WakesModel> Wakes,
    IReadOnlyList<WindowModel> Windows,
    GapsModel Gaps,
    string Build = "");

/// <summary>The wakes from one tier.</summary>
/// <param name="At">When the last one was.</param>
/// <param name="Microseconds">The times, the oldest first.</param>
internal sealed record WakesModel(DateTimeOffset At, IReadOnlyList<int> Microseconds);

/// <summary>One window.</summary>
internal sealed record WindowModel(SignalKind Signal, int Microseconds);

/// <summary>The gaps between uses.</summary>
internal sealed record GapsModel(int Count, IReadOnlyList<GapBinModel> Bins);

/// <summary>A <see cref="GapBin"/> with its index.</summary>
internal sealed record GapBinModel(int Bin, int Reached, int Ended, double Share, double Mean, double Deviation);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(StateModel))]
internal sealed partial class StateJson : JsonSerializerContext;
