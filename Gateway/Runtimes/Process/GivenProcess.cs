using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Runtimes.Process;

/// <summary>
/// What one gateway tells the next one of a program that it gives. With it come four descriptors: the process's pidfd, the reading ends of its standard output and of its
/// standard error, and the writing end of the input of the guard that ends the program when nobody holds that end any more (<see cref="ProcessGuard"/>).
/// </summary>
internal sealed record GivenProcess
{
    /// <summary>How many descriptors come with it.</summary>
    public const int Descriptors = 4;

    public required string Id { get; init; }

    /// <summary>The port on loopback.</summary>
    public required int Port { get; init; }

    /// <summary>Whether the port was chosen by the gateway, and not by the configuration.</summary>
    public required bool IsPortChosen { get; init; }

    /// <summary>The launcher's process, whose number is also the process group's and the session's.</summary>
    public required int ProcessId { get; init; }

    /// <summary>The cgroup's directory, or null without one.</summary>
    public string? Directory { get; init; }

    public required string Build { get; init; }

    public required bool IsPaused { get; init; }

    /// <summary>A hash of what the program was made from (<see cref="Configuration.RunOptions.Fingerprint"/>). The next gateway ends it if the function runs something else now.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>The namespace of process numbers that <see cref="ProcessId"/> is from, as /proc/self/ns/pid names it.</summary>
    public required string ProcessNamespace { get; init; }

    /// <summary>Returns the program as it is given, with its descriptors.</summary>
    public static GivenInstance Pack(string function, GivenProcess facts, SafeHandle process, ProgramLines lines, SafeHandle guard) =>
        new(ProcessModule.RuntimeName, function, JsonSerializer.Serialize(facts, GivenProcessJson.Default.GivenProcess), [process, .. lines.Outputs, guard]);

    /// <summary>Returns the text of a program that can be compared without telling what is in its environment.</summary>
    public static string Hash(string fingerprint) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(fingerprint)));

    /// <summary>The namespace of process numbers of this process.</summary>
    public static string OwnNamespace => File.ResolveLinkTarget("/proc/self/ns/pid", returnFinalTarget: false)?.Name ?? "";
}

/// <summary>The JSON of <see cref="GivenProcess"/>.</summary>
[JsonSerializable(typeof(GivenProcess))]
internal sealed partial class GivenProcessJson : JsonSerializerContext;
