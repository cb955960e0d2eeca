using System.Net;
using System.Runtime.InteropServices;
using Gateway.Ebpf.Hooks.Wire;
using LibBpf;

namespace Gateway.Ebpf.Hooks;

/// <summary>
/// What clients of shared destinations asked for last, by address and by group (IPv4 /24, IPv6 /64). The kernel wakes what a client asked for
/// last, else what its group did, as long as the group is usable. Kept in the kernel's memory only. All calls may come from any thread.
/// </summary>
public sealed class KernelClients
{
    private readonly BpfHashMap<ClientKey, ClientMemory> _map;

    internal KernelClients(BpfHashMap<ClientKey, ClientMemory> map) => _map = map;

    /// <summary>What a SYN of this client would name, and how its group did so far; null: neither is known.</summary>
    public ClientRecord? Find(IPAddress client)
    {
        if (!_map.TryGet(ClientKey.GroupOf(client), out var group))
        {
            return null;
        }
        var function = _map.TryGet(ClientKey.Of(client), out var own) ? own.Function : group.Function;
        return new ClientRecord(function, group.Predictions, group.Right, group.Usable != 0);
    }

    /// <summary>Notes what a client asked for, and how its group does now.</summary>
    public void Set(IPAddress client, in ClientRecord record)
    {
        var memory = new ClientMemory { Function = record.Function, Predictions = record.Predictions, Right = record.Right, Usable = record.Usable ? (byte)1 : (byte)0 };
        // The group first: a client whose group is not known counts for nothing.
        _map.Set(ClientKey.GroupOf(client), memory);
        _map.Set(ClientKey.Of(client), new ClientMemory { Function = record.Function });
    }

    /// <summary>These numbers are other functions' from now on: whoever asked for the old ones asked for what is none. A pass over all that is remembered.</summary>
    public void Forget(IReadOnlySet<uint> functions)
    {
        foreach (var key in _map.Keys())
        {
            if (_map.TryGet(key, out var memory) && functions.Contains(memory.Function))
            {
                memory.Function = KernelHooks.Shared;
                _map.Set(key, memory);
            }
        }
    }
}

/// <summary>What is remembered of a client and its group.</summary>
/// <param name="Function">Asked for last; <see cref="KernelHooks.Shared"/>: something that is no function.</param>
/// <param name="Predictions">How often the group's requests were predicted at all.</param>
/// <param name="Right">How often rightly.</param>
/// <param name="Usable">Whether the kernel may wake by it.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ClientRecord(uint Function, ushort Predictions, ushort Right, bool Usable);
