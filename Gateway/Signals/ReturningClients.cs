using System.Net;
using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Ebpf.Hooks;

namespace Gateway.Signals;

/// <summary>
/// Learns what the clients of shared addresses ask for, and how well that predicts what they ask for next. The kernel
/// acts on it at the next SYN. The clients' addresses are in the kernel's memory only, and vanish with the gateway.
/// </summary>
internal sealed class ReturningClients(KernelAttachment kernel, GatewayOptions options, ReturningMetrics metrics)
{
    /// <summary>How many predictions of a group are remembered. Beyond it the older ones count half.</summary>
    private const int Horizon = 32;

    /// <summary>Learns from a connection's first request which function its client asks for; null if the cluster belongs to no function.</summary>
    public void Note(HttpContext context, Function? function)
    {
        // The number of a retired function may soon belong to another one.
        if (function is not { IsRetired: true } && context.Features.Get<SharedConnection>() is { } connection && connection.IsFirst()
            && context.Connection.RemoteIpAddress is { } address && kernel.UseClients<PredictionOutcome?>(clients => Learn(clients, address, function), without: null) is { } outcome)
        {
            metrics.Count(outcome);
        }
    }

    private PredictionOutcome Learn(KernelClients clients, IPAddress address, Function? function) =>
        Learn(clients, address, function?.Index ?? KernelHooks.Shared, options.Ebpf.ReturningClients.Precision);

    internal static PredictionOutcome Learn(KernelClients clients, IPAddress address, uint function, double precision)
    {
        var known = clients.Find(address);
        clients.Set(address, After(known, function, precision));
        return known switch
        {
            // There is no prediction for a client whose last request was for no function: its SYN wakes nothing.
            null or { Function: KernelHooks.Shared } => PredictionOutcome.Unknown,
            { Usable: false } => PredictionOutcome.Withheld,
            { } record => record.Function == function ? PredictionOutcome.Right : PredictionOutcome.Wrong,
        };
    }

    /// <summary>
    /// Returns the group's record after one more request. The precision is computed as if one more prediction had been right: it begins at 1, and
    /// after a wrong one it takes three right ones in a row until 0.8 is reached again.
    /// </summary>
    internal static ClientRecord After(ClientRecord? known, uint function, double precision)
    {
        var (predictions, right) = known is { } record ? ((int)record.Predictions, (int)record.Right) : (0, 0);
        if (known is { Function: not KernelHooks.Shared } predicted)
        {
            predictions++;
            right += predicted.Function == function ? 1 : 0;
        }

        if (predictions > Horizon)
        {
            (predictions, right) = (predictions / 2, right / 2);
        }

        return new ClientRecord(function, (ushort)predictions, (ushort)right, right + 1 >= precision * (predictions + 1));
    }
}
