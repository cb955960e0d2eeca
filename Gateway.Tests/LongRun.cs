namespace Gateway.Tests;

/// <summary>Says whether this is a run of <c>./test --long</c>.</summary>
internal static class LongRun
{
    public static bool IsOn { get; } = Environment.GetEnvironmentVariable("HEADSTART_LONG") == "1";
}
