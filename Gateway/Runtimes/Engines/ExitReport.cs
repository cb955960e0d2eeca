using Docker.DotNet.Models;

namespace Gateway.Runtimes.Engines;

/// <summary>How a container's run ended, in one sentence.</summary>
internal static class ExitReport
{
    public static InstanceExit Gone { get; } = new(null, "its container was removed from the engine") { ByOthers = true };

    /// <summary>It runs again, and it was not us who started it.</summary>
    public static InstanceExit Restarted { get; } = new(null, "its container was restarted by someone else") { ByOthers = true };

    public static InstanceExit NeverStarted { get; } = new(null, "it was never started");

    /// <summary>It was asked to end.</summary>
    public static InstanceExit Stopped(State? state) =>
        state is null ? Gone : new((int)state.ExitCode, $"stopped by the gateway, exit code {state.ExitCode}");

    /// <summary>It ended by itself: with its last words, when the engine has them.</summary>
    /// <param name="startTook">
    /// How long the start call took. The engine notes a run's begin after the program has begun, and a program that
    /// fails at once has spoken by then; but not before the call was made.
    /// </param>
    public static async Task<InstanceExit> EndedAsync(
        EngineClient engine, string container, State? state, TimeSpan startTook, CancellationToken cancellationToken)
    {
        if (state is null)
        {
            return Gone;
        }

        var how = state.OOMKilled
            ? $"killed for using more memory than it may, exit code {state.ExitCode}"
            : $"ended with exit code {state.ExitCode}";
        var words = await LastWords.ReadAsync(engine, container, EngineFacts.Timestamp(state.StartedAt, startTook), cancellationToken);
        var exit = new InstanceExit((int)state.ExitCode, words.Length == 0 ? how : $"{how}; its last words: {words}");
        return state.OOMKilled ? exit with { ByOthers = false } : exit;
    }
}
