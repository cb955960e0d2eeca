using System.Net;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Readiness;
using Gateway.Signals.Direct.Bridged;

namespace Gateway.Signals.Direct;

/// <summary>Has the kernel forward connections to containers that have a network of their own.</summary>
internal sealed partial class DirectConnections
{
    // Those that are to be forgotten at their end, by where they are. A function may have left before its instance has.
    private readonly Dictionary<IPEndPoint, ForwardedUse> _unforgotten = [];

    /// <inheritdoc/>
    public void OnEnding(Function function, IPEndPoint endpoint, bool hasEnded)
    {
        lock (_gate)
        {
            if (hasEnded && _unforgotten.Remove(endpoint, out var use))
            {
                bridges.Forget(endpoint, [.. use.Ports]);
            }
        }
    }

    // From the start on where something may be forwarded: conntrack has to know the connections before.
    private void PrepareBridges(GatewayOptions options)
    {
        var functions = options.Functions.Values.Where(static function => function.Run.Runtime is "Docker" or "Podman").ToArray();
        if (Array.Exists(functions, function => MayForward(function, options)))
        {
            bridges.Begin([.. options.Shared.Concat(options.Functions.Values.SelectMany(static function => function.Listen)).Distinct()]);
        }
        else if (functions.Length > 0)
        {
            bridges.Clear();
        }
    }

    private static bool MayForward(FunctionOptions function, GatewayOptions options) => function.Direct != DirectMode.Off && DirectRules.WhyNot(function, options) is null;

    // What a gateway before this one has forwarded counts, too.
    private void IncludeForwarded(DirectFunction state, IReadOnlyList<FunctionInstance> running)
    {
        foreach (var instance in running.Where(BridgedProgram.IsApart))
        {
            if (_forwarded.TryGetValue(instance, out var use) || (_options is { } options && MayForward(state.Options, options)))
            {
                (use ?? ForwardedUseOf(state, instance)).Include(state.Options.OwnListen.Select(static address => address.Port));
            }
        }
    }

    private ForwardedUse ForwardedUseOf(DirectFunction state, FunctionInstance instance)
    {
        var use = ForwardedUse.Of(state.Function, instance, time);
        _forwarded.Add(instance, use);
        instance.Add(use);
        return _unforgotten[use.Endpoint] = use;
    }

    private async Task ForwardAsync(DirectFunction state, int change)
    {
        var (why, program) = await FindAsync(state.Function);
        Task<string?> forwarding;
        lock (_gate)
        {
            if (state.Change != change || _options is null)
            {
                return;
            }

            if (why is not null || program is null)
            {
                TellLocked(state, why);
                return;
            }

            ListenAddress[] own = [.. state.Options.OwnListen.Where(address => BridgeScript.TakesIPv4(address) && addresses.IsOwn(address))];
            if (own.Length == 0)
            {
                TellLocked(state, "it has no address of IPv4 on which no other program listens");
                return;
            }

            var use = UseForwardedLocked(state, program);
            if (use is null)
            {
                return;
            }

            use.HandOver();
            (state.Forwarded, state.Addresses) = (use, own);
            forwarding = bridges.ForwardAsync(own, program);
        }

        why = await forwarding;
        lock (_gate)
        {
            if (state.Change == change)
            {
                if (why is not null)
                {
                    TurnBackLocked(state);
                }

                TellLocked(state, why);
            }
        }
    }

    private ForwardedUse? UseForwardedLocked(DirectFunction state, BridgedProgram program) =>
        state.Function.Running is [var instance] && _forwarded.TryGetValue(instance, out var use) && use.Endpoint.Equals(program.Endpoint) ? use : null;

    private static async Task<(string? WhyNot, BridgedProgram? Program)> FindAsync(Function function)
    {
        if (function.Running is not [var instance])
        {
            return (function.Running.Count == 0 ? null : "its instances have networks of their own, and connections are forwarded to one only", null);
        }

        var program = BridgedProgram.TryFind(instance, out var why);
        return (why ?? await ForwardingRules.WhyNotAsync(function.Options.Direct == DirectMode.Required), program);
    }
}
