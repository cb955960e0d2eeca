using Gateway.Configuration;
using Gateway.Runtimes.Engines;
using Gateway.Runtimes.Process;

namespace Gateway.Tests.Runtimes;

internal static class RunOptionsExtensions
{
    public static ProcessRunOptions Process(this FunctionOptions function) => (ProcessRunOptions)function.Run;

    /// <summary>The function with another program.</summary>
    public static FunctionOptions WithProcess(this FunctionOptions function, Func<ProcessRunOptions, ProcessRunOptions> change) =>
        function with { Run = change(function.Process()) };

    /// <summary>The function with other containers.</summary>
    public static FunctionOptions With(this FunctionOptions function, Func<ContainerRunOptions, ContainerRunOptions> change) =>
        function with { Run = change(function.Container) };
}
