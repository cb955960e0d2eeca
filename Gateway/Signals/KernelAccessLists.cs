using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Ebpf.Hooks;

namespace Gateway.Signals;

/// <summary>Writes the access lists of the gateway and of its functions into the kernel. Only lists that have changed are written. Not thread safe.</summary>
internal sealed class KernelAccessLists(KernelAccess kernel)
{
    private readonly Dictionary<uint, AccessOptions> _written = [];

    /// <summary>Makes the kernel have the lists of these functions and no others. A number that is used again gets the list of its new function.</summary>
    public void Write(IReadOnlyCollection<Function> functions, GatewayOptions options)
    {
        var wanted = new Dictionary<uint, AccessOptions> { [KernelHooks.Shared] = options.Access };
        foreach (var function in functions)
        {
            if (!function.Options.Access.IsEmpty)
            {
                wanted[function.Index] = function.Options.Access;
            }
        }

        foreach (var gone in _written.Keys.Where(number => !wanted.ContainsKey(number)).ToArray())
        {
            kernel.Set(gone, [], []);
            _written.Remove(gone);
        }

        foreach (var (number, list) in wanted)
        {
            if (!_written.TryGetValue(number, out var before) || before != list)
            {
                kernel.Set(number, list.Allow, list.Deny);
                _written[number] = list;
            }
        }
    }
}
