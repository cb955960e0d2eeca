using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.Activation;

/// <summary>Passes on what runtimes tell of the functions' instances.</summary>
internal sealed partial class FunctionRegistry
{
    /// <inheritdoc/>
    public FoundAnswer Found(string runtime, FunctionOptions made, IInstance instance) =>
        !TryGet(made.Name, out var function) || function.Options.Run.Runtime != runtime ? FoundAnswer.Unwanted
            : function.TryTake(made, instance) ? FoundAnswer.Taken
            : function.LeavesInstances ? FoundAnswer.Left
            : FoundAnswer.Unwanted;

    /// <inheritdoc/>
    public bool Moved(string function, IInstance instance, Tier found) => TryGet(function, out var owner) && owner.TryMove(instance, found);

    /// <inheritdoc/>
    public void TiersChanged(string function)
    {
        if (TryGet(function, out var owner))
        {
            owner.LookAtTiers();
        }
    }

    /// <inheritdoc/>
    public void Appeared(string function)
    {
        if (TryGet(function, out var owner) && owner.State == FunctionState.Failed)
        {
            owner.Update(owner.Options);
        }
    }
}
