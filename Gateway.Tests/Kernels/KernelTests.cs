using System.Collections.Concurrent;
using System.Reflection;
using Gateway.Lab;
using Gateway.Lab.Hosts;
using Gateway.Lab.Machines;
using Gateway.Lab.Processes;
using Xunit;

namespace Gateway.Tests.Kernels;

/// <summary>
/// The tests with <see cref="OnEveryKernelAttribute"/>, on other kernels than the host's. They are explicit, since a machine without hardware virtualization emulates for
/// minutes: <c>./test --kernels</c> runs them.
/// </summary>
[SideBySide]
public sealed class KernelTests(KernelTests.Runs runs) : IClassFixture<KernelTests.Runs>
{
    /// <summary>Each kernel with each test for it.</summary>
    public static TheoryData<string, string> Tests { get; } = Choose();

    [Theory(Explicit = true)]
    [MemberData(nameof(Tests))]
    public async Task Test_OnThatKernel_Passes(string suite, string test)
    {
        var run = await runs.OfAsync(suite);

        Assert.True(run.Tests.TryGetValue(test, out var failure), $"It was not run on {run.Kernel.Version}");
        Assert.True(failure is null, $"On {run.Kernel.Version}: {failure}");
    }

    private static TheoryData<string, string> Choose()
    {
        var chosen = new TheoryData<string, string>();
        foreach (var suite in MachineKernel.Suites)
        {
            foreach (var method in typeof(KernelTests).Assembly.GetTypes().SelectMany(type => type.GetMethods()).Where(method => method.IsDefined(typeof(FactAttribute))))
            {
                var on = method.GetCustomAttribute<OnEveryKernelAttribute>() ?? method.DeclaringType!.GetCustomAttribute<OnEveryKernelAttribute>();
                if (on is not null)
                {
                    chosen.Add(suite, $"{method.DeclaringType!.Name}.{method.Name}");
                }
            }
        }

        return chosen;
    }

    /// <summary>Each kernel is booted once, for all its tests.</summary>
    public sealed class Runs : IAsyncDisposable
    {
        private readonly ConcurrentDictionary<string, Lazy<Task<KernelRun>>> _runs = new();

        // xUnit.net makes the fixture also where none of its tests is run.
        private readonly Lazy<Task> _published = new(PublishAsync);

        internal Task<KernelRun> OfAsync(string suite) => _runs.GetOrAdd(suite, name => new(() => BootAsync(name))).Value;

        /// <summary>When all kernels were tried, docs/kernel.md says what came of it.</summary>
        public async ValueTask DisposeAsync()
        {
            if (_runs.Count == MachineKernel.Suites.Count)
            {
                var runs = await Task.WhenAll(MachineKernel.Suites.Select(OfAsync));
                KernelTable.Write(SourceTree.Path("docs", "kernel.md"), runs);
            }
        }

        private async Task<KernelRun> BootAsync(string suite)
        {
            await _published.Value;
            return await KernelRun.BootAsync(suite);
        }

        // The machine runs what users run, not a development build; and of the tests too what needs no compiler there.
        private static async Task PublishAsync()
        {
            await HelloSample.BuildAsync();
            await PublishAsync(KernelRun.Gateway, "Gateway");
            await PublishAsync(KernelRun.Program, "Gateway.Tests");
        }

        private static async Task PublishAsync(string program, string project) => (await Command.ExecuteAsync(new LabProcessOptions
        {
            FileName = SourceTree.Path("scripts", "publish"),
            Arguments = [Path.GetDirectoryName(program)!, project],
        })).ThrowIfFailed();
    }
}
