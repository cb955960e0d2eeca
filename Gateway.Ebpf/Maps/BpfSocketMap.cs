using System.Runtime.InteropServices;
using Gateway.Ebpf.Native;

namespace Gateway.Ebpf;

/// <summary>
/// A SOCKMAP: sockets by index, for programs to choose from. The map does not keep a socket open; one that is closed
/// leaves it.
/// </summary>
public sealed unsafe class BpfSocketMap
{
    private readonly BpfMap _map;

    internal BpfSocketMap(BpfMap map) => _map = map.Require<uint, ulong>(BpfMapType.BPF_MAP_TYPE_SOCKMAP);

    /// <summary>Adds or replaces. A TCP socket must listen, or be connected, already.</summary>
    /// <exception cref="BpfException">E2BIG: the index is outside; EOPNOTSUPP: the socket is in no such state.</exception>
    public void Set(uint index, SafeHandle socket)
    {
        using var lease = _map.Lease();
        using var held = new HandleLease(socket);
        var value = (ulong)socket.DangerousGetHandle();
        var result = LibBpf.bpf_map__update_elem(_map.Pointer, &index, sizeof(uint), &value, sizeof(ulong), 0);
        BpfError.Check(result, $"putting a socket into map {_map.Name}");
    }
}
