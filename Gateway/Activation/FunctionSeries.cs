using System.Collections.Immutable;
using Gateway.Activation.Core;
using Gateway.Telemetry;

namespace Gateway.Activation;

/// <summary>
/// Adds one function's part to the series of its name. Two functions may have a name at once, if one was removed from the configuration and put
/// back while the first still drains. Each adds and takes back its own part, and the series go with the last of them. It is used under the function's lock.
/// </summary>
internal sealed class FunctionSeries(GatewayMetrics metrics)
{
    private static readonly InstanceState[] States = Enum.GetValues<InstanceState>();
    private static readonly string[] Names = [.. States.Select(state => state.ToString())];

    private readonly int[] _shown = new int[States.Length];
    private string? _name;
    private bool _left;

    /// <summary>Shows how many instances there are in each state.</summary>
    /// <param name="name">The function's name. A reload may change its capitals.</param>
    /// <param name="instances">The function's instances.</param>
    public void Show(string name, ImmutableArray<InstanceRecord> instances)
    {
        if (_left)
        {
            return;
        }

        if (name != _name)
        {
            TakeBack();
            metrics.Enter(name);
            _name = name;
        }

        for (var i = 0; i < States.Length; i++)
        {
            Set(i, instances.Count(instance => instance.Phase.Shown == States[i]));
        }
    }

    /// <summary>Takes back what is shown of the function. After that nothing more is shown of it.</summary>
    public void Leave()
    {
        TakeBack();
        _left = true;
    }

    private void TakeBack()
    {
        if (_name is not { } name)
        {
            return;
        }

        for (var i = 0; i < States.Length; i++)
        {
            Set(i, 0);
        }

        _name = null;
        metrics.Leave(name);
    }

    private void Set(int state, int count)
    {
        if (count != _shown[state])
        {
            metrics.Instances(_name!, Names[state], count - _shown[state]);
            _shown[state] = count;
        }
    }
}
