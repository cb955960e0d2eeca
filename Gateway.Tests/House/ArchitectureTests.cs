using System.Text.RegularExpressions;
using ArchUnitNET.Domain;
using ArchUnitNET.Domain.Extensions;
using ArchUnitNET.Loader;
using Gateway.Activation;
using Gateway.Lab;
using Xunit;

namespace Gateway.Tests.House;

/// <summary>The rooms depend on each other as docs/architecture.md says, and on nothing else.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly Lazy<IReadOnlyDictionary<(string From, string To), string>> s_arrows = new(Find);

    [Fact]
    public void Rooms_UseOnlyWhatIsAllowed()
    {
        var allowed = Rooms.Allowed.SelectMany(room => room.Uses.Select(used => (room.Room, used))).ToHashSet();

        string[] refused = [.. s_arrows.Value.Where(arrow => !allowed.Contains(arrow.Key)).Select(arrow => $"{arrow.Key.From} -> {arrow.Key.To}: {arrow.Value}")];
        Assert.Empty(refused);
    }

    [Fact]
    public void Rooms_AllowNothingThatNobodyUses() =>
        Assert.All(Rooms.Allowed, room => Assert.All(room.Uses, used => Assert.Contains((room.Room, used), s_arrows.Value)));

    [Fact]
    public void Rooms_UseOnlyEarlierOnes_SoThatThereIsNoCycle()
    {
        var order = Rooms.Allowed.Select(room => room.Room).ToList();

        Assert.All(Rooms.Allowed, room => Assert.All(room.Uses, used => Assert.InRange(order.IndexOf(used), 0, order.IndexOf(room.Room) - 1)));
    }

    [Fact]
    public void Rooms_AreTheFoldersOfTheGateway()
    {
        var folders = Directory.GetDirectories(SourceTree.Path("Gateway")).Select(Path.GetFileName)
            .Where(name => name is not ("bin" or "obj" or "Properties" or "CommandLine"));

        Assert.Equal(Rooms.Allowed.Select(room => room.Room).Where(room => room != Rooms.Host).Order(StringComparer.Ordinal), folders.Order(StringComparer.Ordinal)!);
    }

    [Fact]
    public void Architecture_TellsEachRoomAndItsArrows()
    {
        var text = File.ReadAllText(SourceTree.Path("docs", "architecture.md"));

        Assert.All(Rooms.Allowed, room => Assert.Contains($"| {room.Room} | {(room.Uses.Length == 0 ? "nothing" : string.Join(", ", room.Uses))} |", text, StringComparison.Ordinal));
    }

    [Fact]
    public void Files_FitInOneHead()
    {
        const int Longest = 250;
        var files = new[] { "Gateway", "Gateway.Ebpf", "LibBpf", "bpf" }
            .SelectMany(folder => Directory.EnumerateFiles(SourceTree.Path(folder), "*", SearchOption.AllDirectories))
            .Where(file => Path.GetExtension(file) is ".cs" or ".c" or ".h" && !Path.GetRelativePath(SourceTree.Root, file).Split('/').Any(part => part is "obj" or "bin"))
            .ToArray();

        Assert.True(files.Length > 200, "the files are not found");
        Assert.All(files, file => Assert.InRange(File.ReadLines(file).Count(), 0, Longest));
    }

    [Fact]
    public void ARuntime_IsNamedInItsFolderAndInTheListOnly()
    {
        var folders = Directory.GetDirectories(SourceTree.Path("Gateway", "Runtimes")).Select(Path.GetFileName).ToArray();
        var strangers = from file in Directory.EnumerateFiles(SourceTree.Path("Gateway"), "*.cs", SearchOption.AllDirectories)
                        let path = Path.GetRelativePath(SourceTree.Path("Gateway"), file)
                        where path.Split('/') is not ["obj" or "bin", ..] and not ["Runtimes", _, _, ..] and not ["Runtimes", "RuntimeModules.cs"]
                        from line in File.ReadLines(file)
                        where folders.Any(folder => line.StartsWith($"using Gateway.Runtimes.{folder}", StringComparison.Ordinal))
                        select $"{path}: {line}";

        Assert.Contains("Docker", folders);
        Assert.Empty(strangers);
    }

    [Fact]
    public void Types_OfTheExecutable_AreInternal() =>
        // ASP.NET Core's generator makes the class of the top-level statements public.
        Assert.Equal(["Program"], typeof(FunctionRegistry).Assembly.GetExportedTypes().Select(type => type.FullName));

    // What a function becomes of an event is a value's matter: it can be searched exhaustively because it asks nobody.
    [Fact]
    public void Core_OfAFunction_TakesNoLock_WaitsForNothing_AndCallsNobody()
    {
        const string Core = "Gateway.Activation.Core.";
        string[] values =
        [
            "Gateway.Activation.RestDecision", "Gateway.Activation.WaitResult", "Gateway.Activation.InstanceState", "Gateway.Activation.FunctionState", "Gateway.Runtimes.InstanceExit",
            "Gateway.Runtimes.StartFailureCause", "Gateway.Runtimes.FunctionTiers", "Gateway.Telemetry.ColdStartOutcome",
        ];
        var types = new ArchLoader().LoadAssembly(typeof(FunctionRegistry).Assembly).Build().Types.Where(type => type.FullName.StartsWith(Core, StringComparison.Ordinal)).ToArray();
        var used = types.SelectMany(type => type.Dependencies.Select(dependency => dependency.Target.FullName)).Distinct().ToArray();

        Assert.True(types.Length > 50, "the core is not found");
        Assert.All(
            used.Where(name => name.StartsWith("Gateway.", StringComparison.Ordinal) && !name.StartsWith(Core, StringComparison.Ordinal)),
            name => Assert.True(name.StartsWith("Gateway.Model.", StringComparison.Ordinal) || name.StartsWith("Gateway.Configuration.", StringComparison.Ordinal) || values.Contains(name), $"the core uses {name}"));
        Assert.All(
            new[] { "System.Threading.", "System.IO.", "System.TimeProvider", "System.DateTime", "System.Diagnostics.Stopwatch", "Microsoft.Extensions." },
            impure => Assert.DoesNotContain(used, name => name.StartsWith(impure, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("Gateway.Idle.RestPolicy", "Idle")]
    [InlineData("Gateway.Runtimes.Engines.EngineRuntime", "Runtimes")]
    [InlineData("Gateway.GatewayHost", Rooms.Host)]
    [InlineData("Gateway.CommandLine.RunCommand", Rooms.Host)]
    [InlineData("Gateway.Ebpf.Hooks.KernelHooks", null)]
    [InlineData("Yarp.ReverseProxy.Model.RouteModel", null)]
    public void Room_OfAType_IsItsFirstFolder(string type, string? room) => Assert.Equal(room, Rooms.Of(type));

    // What the compiled code names (signatures, fields, bodies of methods, state machines and lambdas included), and what the source says it uses:
    // of an enumeration's constants the compiler leaves numbers. One example of each arrow.
    private static Dictionary<(string From, string To), string> Find()
    {
        var architecture = new ArchLoader().LoadAssembly(typeof(FunctionRegistry).Assembly).Build();
        Dictionary<(string, string), string> arrows = [];
        foreach (var type in architecture.Types)
        {
            foreach (var dependency in type.Dependencies)
            {
                if (Rooms.Of(type.FullName) is { } from && Rooms.Of(dependency.Target.FullName) is { } to && from != to)
                {
                    arrows.TryAdd((from, to), $"{type.FullName} uses {dependency.Target.FullName}");
                }
            }
        }

        foreach (var file in Directory.EnumerateFiles(SourceTree.Path("Gateway"), "*.cs", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(SourceTree.Root, file);
            if (path.Split('/') is [_, "obj" or "bin", ..] || Rooms.Of(TypeOf(path)) is not { } from)
            {
                continue;
            }

            foreach (var used in File.ReadLines(file).Select(line => UsingOfOurs().Match(line)).Where(match => match.Success))
            {
                if (Rooms.Of($"{used.Groups["room"].Value}.Any") is { } to && from != to)
                {
                    arrows.TryAdd((from, to), $"{path} has '{used.Value}'");
                }
            }
        }

        return arrows;
    }

    // A part of a type is in a file of the type's name and its own.
    private static string TypeOf(string path) => $"{Path.GetDirectoryName(path)!.Replace('/', '.')}.{Path.GetFileName(path).Split('.')[0]}";

    [GeneratedRegex(@"^using (?:static )?(?<room>Gateway(?:\.\w+)*);", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UsingOfOurs();
}
