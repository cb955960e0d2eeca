using System.Net;
using Gateway.Activation;
using Gateway.Configuration;

namespace Gateway.Listening;

/// <summary>
/// Judges the sources of connections by the access lists, as the kernel judges those of signals. The source is the address that the connection comes from, also where a
/// proxy's header names another one.
/// </summary>
internal sealed class AccessLists(ConfigurationMonitor configuration)
{
    private Judged? _last;

    /// <summary>Whether there is a list at all. Without one nothing else need be asked.</summary>
    public bool Any
    {
        get
        {
            var (now, last) = (configuration.Current, Volatile.Read(ref _last));
            if (last is null || !ReferenceEquals(last.Options, now))
            {
                last = new Judged(now, !now.Access.IsEmpty || now.Functions.Values.Any(function => !function.Access.IsEmpty));
                Volatile.Write(ref _last, last);
            }

            return last.HasLists;
        }
    }

    /// <summary>Returns whether the gateway's list and the function's own let a source in; the gateway's alone if there is no function.</summary>
    public bool Permit(IPAddress? source, Function? function) =>
        configuration.Current.Access.Permits(source) && (function is null || function.Options.Access.Permits(source));

    private sealed record Judged(GatewayOptions Options, bool HasLists);
}
