using Gateway.Activation.Core;
using Gateway.Model;

namespace Gateway.Activation;

/// <summary>A turn of a function.</summary>
/// <param name="Turn">What has become of it.</param>
/// <param name="State">Its state then.</param>
/// <param name="Failure">Why it failed, in one sentence for operators, or null if it did not.</param>
internal sealed record FunctionNews(FunctionTurn Turn, FunctionState State, string? Failure)
{
    /// <summary>Returns the turn by which a function came to be what it is, or null if it is on the way.</summary>
    public static FunctionNews? Of(FunctionCore core)
    {
        if (core.IsRunning)
        {
            return new(FunctionTurn.Ready, FunctionState.Running, null);
        }

        // One that is doubted is active, too, and may go on where it was. One that others have started, or that was there before the gateway, was not woken.
        if (core.Active > 0)
        {
            return core.Instances.Any(static instance => instance.Phase is InstancePhase.Starting { ByOthers: false }) ? new(FunctionTurn.Wake, FunctionState.Starting, null) : null;
        }

        return core.State switch
        {
            FunctionState.Draining => null,
            FunctionState.Failed => new(FunctionTurn.Failure, FunctionState.Failed, core.LastFailure),
            var state => new(FunctionTurn.Rest, state, null),
        };
    }
}
