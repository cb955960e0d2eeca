using System.Runtime.CompilerServices;

namespace Gateway.Tests;

/// <summary>What holds for each gateway that a test starts.</summary>
internal static class GatewaysOfTests
{
    // There are hundreds of starts, and the warm-up is a third of one. The host's variables come before appsettings.json, where a test may switch it on.
    [ModuleInitializer]
    internal static void DoNotWarmUp() => Environment.SetEnvironmentVariable("ASPNETCORE_Gateway__WarmUp", "false");
}
