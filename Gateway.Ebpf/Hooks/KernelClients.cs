using System.Net;
using System.Runtime.InteropServices;
using Gateway.Ebpf.Hooks.Wire;
using LibBpf;

namespace Gateway.Ebpf.Hooks;

/// <summary>
/// Remembers what clients of shared destinations asked for last, by address and by group (IPv4 /24, IPv6 /64). The kernel wakes what a client
/// asked for last, else what its group asked for last, as long as the group is usable. The memory is the kernel's alone. Thread safe.
/// </summary>
public sealed class KernelClients
{
    private readonly BpfHashMap<ClientKey, ClientMemory> _map;

    internal KernelClients(BpfHashMap<ClientKey, ClientMemory> map) => _map = map;

    /// <summary>Returns the function that a SYN of this client would wake, and the record of its group; null if the group is not known.</summary>
    public ClientRecord? Find(IPAddress client)
    {
        if (!_map.TryGet(ClientKey.GroupOf(client), out var group))
        {
            return null;
        }
        var function = _map.TryGet(ClientKey.Of(client), out var own) ? own.Function : group.Function;
        return new ClientRecord(function, group.Predictions, group.Right, group.Usable != 0);
    }

    /// <summary>Stores what a client asked for, and the record of its group.</summary>
    public void Set(IPAddress client, in ClientRecord record)
    {
        var memory = new ClientMemory { Function = record.Function, Predictions = record.Predictions, Right = record.Right, Usable = record.Usable ? (byte)1 : (byte)0 };
        // The group is written first: a client whose group is not known is ignored.
        _map.Set(ClientKey.GroupOf(client), memory);
        _map.Set(ClientKey.Of(client), new ClientMemory { Function = record.Function });
    }

    /// <summary>Forgets who asked for functions whose numbers now belong to other functions. It takes a pass over everything that is remembered.</summary>
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

/// <summary>What is remembered about a client and its group.</summary>
/// <param name="Function">The function that was asked for last; <see cref="KernelHooks.Shared"/> if that was no function.</param>
/// <param name="Predictions">How many requests of the group were predicted.</param>
/// <param name="Right">How many of these predictions were right.</param>
/// <param name="Usable">Whether the kernel may wake functions by this record.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ClientRecord(uint Function, ushort Predictions, ushort Right, bool Usable);
