using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.Activation;

/// <summary>Passes on what runtimes tell of the functions' instances.</summary>
internal sealed partial class FunctionRegistry
{
    /// <inheritdoc/>
    public bool Found(string runtime, FunctionOptions made, IInstance instance) =>
        TryGet(made.Name, out var function) && function.Options.Run.Runtime == runtime && function.TryTake(made, instance);

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
}
