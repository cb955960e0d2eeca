using System.Net;
using Gateway.Ebpf.Hooks.Wire;
using LibBpf;

namespace Gateway.Ebpf.Hooks;

/// <summary>
/// The access lists in the kernel, one for all functions and one for each. A source that one of them denies causes no event; it is counted as <c>denied</c>.
/// The longest prefix that matches decides. Thread safe.
/// </summary>
public sealed class KernelAccess
{
    /// <summary>How many entries there can be in all lists. Each takes some 80 bytes once it is there.</summary>
    public const int MaxEntries = 1 << 20;

    private static readonly IPNetwork[] Families = [new(IPAddress.Any, 0), new(IPAddress.IPv6Any, 0)];

    private readonly Lock _gate = new();
    private readonly BpfHashMap<AccessKey, uint> _map;
    private readonly BpfMappedArray _guards;
    private readonly Dictionary<uint, Dictionary<AccessKey, uint>> _written = [];

    internal KernelAccess(BpfHashMap<AccessKey, uint> map, BpfMappedArray guards) => (_map, _guards) = (map, guards);

    /// <summary>
    /// Replaces a list. While it does so each source has its old verdict or its new one, and no other.
    /// </summary>
    /// <param name="function">The number of the function, or <see cref="KernelHooks.Shared"/> for the list that holds for all.</param>
    /// <param name="allow">The prefixes that are allowed. If there are any, all other addresses are denied.</param>
    /// <param name="deny">The prefixes that are denied. Of two equal prefixes this one counts.</param>
    /// <exception cref="BpfException">ENOSPC: there are <see cref="MaxEntries"/> entries already. The list is then partly the old one, partly the new one.</exception>
    public void Set(uint function, IReadOnlyCollection<IPNetwork> allow, IReadOnlyCollection<IPNetwork> deny)
    {
        var wanted = Entries(function, allow, deny);
        lock (_gate)
        {
            var before = _written.GetValueOrDefault(function) ?? [];
            // The guard goes up before the first entry and down behind the last one.
            if (before.Count == 0 && wanted.Count > 0)
            {
                _written[function] = before;
                _guards.Add((uint)GuardWord.Access, 1);
            }
            Write(before, wanted);
            if (_written.ContainsKey(function) && wanted.Count == 0)
            {
                _written.Remove(function);
                _guards.Add((uint)GuardWord.Access, -1);
            }
        }
    }

    /// <summary>
    /// Adds the longest prefixes first and removes the shortest ones first. Then the longest match of a source is the one of the old list, until all that are
    /// longer than the one of the new list are gone: it never is a shorter one of the old list or of the new one.
    /// </summary>
    private void Write(Dictionary<AccessKey, uint> now, Dictionary<AccessKey, uint> wanted)
    {
        foreach (var (key, verdict) in wanted.OrderByDescending(entry => entry.Key.Bits))
        {
            if (!now.TryGetValue(key, out var old) || old != verdict)
            {
                _map.Set(key, verdict);
                now[key] = verdict;
            }
        }
        foreach (var key in now.Keys.Where(key => !wanted.ContainsKey(key)).OrderBy(key => key.Bits).ToArray())
        {
            _map.Remove(key);
            now.Remove(key);
        }
    }

    // Each family has an entry for all addresses. Without it an IPv6 prefix shorter than 96 bits would match IPv4 addresses, which are mapped into IPv6.
    private static Dictionary<AccessKey, uint> Entries(uint function, IReadOnlyCollection<IPNetwork> allow, IReadOnlyCollection<IPNetwork> deny)
    {
        var entries = new Dictionary<AccessKey, uint>();
        if (allow.Count + deny.Count > 0)
        {
            Add(Families, allow.Count > 0 ? Verdict.Deny : Verdict.Allow);
            Add(allow, Verdict.Allow);
            Add(deny, Verdict.Deny);
        }
        return entries;

        void Add(IEnumerable<IPNetwork> prefixes, Verdict verdict)
        {
            foreach (var prefix in prefixes)
            {
                entries[AccessKey.Of(function, prefix)] = (uint)verdict;
            }
        }
    }
}
