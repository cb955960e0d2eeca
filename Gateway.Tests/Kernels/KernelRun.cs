using System.Xml.Linq;
using Gateway.Lab;
using Gateway.Lab.Machines;
using Gateway.Lab.Processes;
using Xunit;

namespace Gateway.Tests.Kernels;

/// <summary>The results of the tests on one kernel, and the facts found out about it.</summary>
/// <param name="Tests">By class and name; null where it passed, else why not.</param>
/// <param name="Facts">See <see cref="KernelFacts"/>.</param>
internal sealed record KernelRun(MachineKernel Kernel, IReadOnlyDictionary<string, string?> Tests, IReadOnlyList<(string What, string Value)> Facts)
{
    /// <summary>The program that is tried, compiled ahead of time.</summary>
    public static readonly string Gateway = SourceTree.Path("artifacts", "gateway", "Gateway");

    /// <summary>This assembly, compiled ahead of time: an emulated processor takes half a minute longer to do it each time.</summary>
    public static readonly string Program = SourceTree.Path("artifacts", "kernel-tests", "Gateway.Tests");

    private const string Results = "results.xml";

    /// <summary>As many as there are, on an emulated machine beside other work.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(20);

    /// <summary>Boots the suite's kernel and runs this assembly's tests there, those that <see cref="OnEveryKernelAttribute"/> chooses.</summary>
    /// <param name="suite">One of <see cref="MachineKernel.Suites"/>.</param>
    public static async Task<KernelRun> BootAsync(string suite)
    {
        var kernel = await MachineKernel.GetAsync(suite);
        try
        {
            return await RunAsync(kernel);
        }
        catch (LabException)
        {
            // An emulator's faults are not the gateway's: a machine that fell over may do so once.
            return await RunAsync(kernel);
        }
    }

    private static async Task<KernelRun> RunAsync(MachineKernel kernel)
    {
        using var shared = LabDirectory.Create("kernel");
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        var result = await VirtualMachine.RunAsync(
            kernel,
            new LabProcessOptions
            {
                FileName = Program,
                Arguments = ["-noColor", "-noLogo", "-failSkips", "-explicit", "on", "-trait", $"{OnEveryKernelAttribute.Trait}={OnEveryKernelAttribute.Every}", "-xml", shared.File(Results)],
                Environment = new Dictionary<string, string?>
                {
                    [KernelFacts.Variable] = shared.Path,
                    [ThisKernelGateway.Program] = Gateway,
                    // Instrumented code for a second compilation is not paid back by so short a run.
                    ["DOTNET_TieredPGO"] = "0",
                },
            },
            new VirtualMachineOptions { Shared = shared.Path },
            limit.Token);
        Assert.True(File.Exists(shared.File(Results)), $"{result.Description} ended with {result.ExitCode} and without results: {result.AllOutput}");
        return new KernelRun(kernel, Read(XDocument.Load(shared.File(Results))), KernelFacts.Read(shared.Path));
    }

    // The format xUnit.net v2+ (https://xunit.net/docs/format-xml-v2).
    private static Dictionary<string, string?> Read(XDocument results) => results.Descendants("test")
        .GroupBy(test => $"{((string)test.Attribute("type")!).Split('.')[^1]}.{(string)test.Attribute("method")!}")
        .ToDictionary(
            group => group.Key,
            group => group.Where(test => (string?)test.Attribute("result") != "Pass").Select(Why).FirstOrDefault());

    private static string Why(XElement test)
    {
        var failure = test.Element("failure");
        var said = $"{(string?)test.Attribute("name")} {(string?)test.Attribute("result")}: {failure?.Element("message")?.Value ?? test.Element("reason")?.Value}";
        return $"{said}\n{failure?.Element("stack-trace")?.Value}\n{test.Element("output")?.Value}";
    }
}
