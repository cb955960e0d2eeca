using Gateway.Activation;
using Gateway.Configuration;
using Gateway.Ebpf.Hooks;

namespace Gateway.Signals;

/// <summary>
/// Writes into the kernel who may wake functions: the access lists of the gateway and of its functions, without the sources that a function ignores, and without those whose last
/// connection was no use of it. Only lists that have changed are written. Not thread safe.
/// </summary>
internal sealed class KernelAccessLists(KernelAccess kernel)
{
    /// <summary>
    /// The largest number of quiet sources of all functions together, so that clients cannot fill the kernel's map. Where it is reached, the gateway alone refuses the signals of
    /// others.
    /// </summary>
    private const int MostQuiet = 65_536;

    private readonly Dictionary<uint, AccessOptions> _written = [];
    private readonly Dictionary<uint, int> _quiet = [];
    private int _allQuiet;

    /// <summary>Makes the kernel have the lists of these functions and no others. A number that is used again gets the list of its new function.</summary>
    public void Write(IReadOnlyCollection<Function> functions, GatewayOptions options)
    {
        var wanted = new Dictionary<uint, AccessOptions> { [KernelHooks.Shared] = options.Access };
        foreach (var function in functions)
        {
            if (ListOf(function) is { IsEmpty: false } list)
            {
                wanted[function.Index] = list;
            }
        }

        foreach (var gone in _written.Keys.Where(number => !wanted.ContainsKey(number)).ToArray())
        {
            kernel.Set(gone, [], []);
            _written.Remove(gone);
            CountQuiet(gone, 0);
        }

        foreach (var (number, list) in wanted)
        {
            Write(number, list);
        }
    }

    /// <summary>Writes the list of one function, whose quiet sources have changed.</summary>
    public void Write(Function function) => Write(function.Index, ListOf(function));

    private void Write(uint number, AccessOptions list)
    {
        if (!_written.TryGetValue(number, out var before) || before != list)
        {
            kernel.Set(number, list.Allow, list.Deny);
            _written[number] = list;
        }
    }

    private AccessOptions ListOf(Function function)
    {
        var (options, quiet) = (function.Options, function.Quiet.All);
        CountQuiet(function.Index, 0);
        quiet = _allQuiet + quiet.Count <= MostQuiet ? quiet : [];
        CountQuiet(function.Index, quiet.Count);
        return quiet.Count == 0 && options.Idle.Ignore is null ? options.Access : options.Access.Without(options.Idle.Ignore?.Sources ?? [], quiet);
    }

    private void CountQuiet(uint number, int count)
    {
        _allQuiet += count - _quiet.GetValueOrDefault(number);
        if (count == 0)
        {
            _quiet.Remove(number);
        }
        else
        {
            _quiet[number] = count;
        }
    }
}
