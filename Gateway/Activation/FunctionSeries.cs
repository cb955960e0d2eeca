using System.Collections.Immutable;
using Gateway.Activation.Core;
using Gateway.Telemetry;

namespace Gateway.Activation;

/// <summary>
/// One function's part of the series of its name. Two functions may have a name at once, when one was taken out of the configuration and put
/// back while the first still drains: each adds and takes back its own part, and with the last of them the series go. Used under the function's lock.
/// </summary>
internal sealed class FunctionSeries(GatewayMetrics metrics)
{
    private static readonly InstanceState[] States = Enum.GetValues<InstanceState>();
    private static readonly string[] Names = [.. States.Select(state => state.ToString())];

    private readonly int[] _shown = new int[States.Length];
    private string? _name;
    private bool _left;

    /// <param name="name">The function's; a reload may write it with other capitals.</param>
    /// <param name="instances">What there is of it now.</param>
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

    /// <summary>Nothing of the function is left, and nothing more is shown of it.</summary>
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
