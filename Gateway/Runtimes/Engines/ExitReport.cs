using Docker.DotNet.Models;

namespace Gateway.Runtimes.Engines;

/// <summary>Describes how a container's run ended, in one sentence.</summary>
internal static class ExitReport
{
    /// <summary>Gets the end of a run whose container the engine no longer has.</summary>
    public static InstanceExit Gone { get; } = new(null, "its container was removed from the engine") { ByOthers = true };

    /// <summary>Gets the end of a run whose container runs again because somebody else started it.</summary>
    public static InstanceExit Restarted { get; } = new(null, "its container was restarted by someone else") { ByOthers = true };

    /// <summary>Gets the end of an instance whose container no longer has the name by which the function knows it.</summary>
    public static InstanceExit Renamed { get; } = new(null, "its container has another name now, or was made anew") { ByOthers = true };

    /// <summary>Gets the end of an instance that was stopped before its start.</summary>
    public static InstanceExit NeverStarted { get; } = new(null, "it was never started");

    /// <summary>Returns the end of a run that the gateway stopped.</summary>
    public static InstanceExit Stopped(State? state) =>
        state is null ? Gone : new((int)state.ExitCode, $"stopped by the gateway, exit code {state.ExitCode}");

    /// <summary>Returns the end of a run that ended by itself, with its last words if the engine has them.</summary>
    /// <param name="startTook">
    /// The duration of the start call. The engine notes the beginning of a run after the program has begun, and a program that fails at once
    /// may have written its words by then, but not before the call was made.
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
