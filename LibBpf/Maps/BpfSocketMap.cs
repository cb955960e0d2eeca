using System.Runtime.InteropServices;
using LibBpf.Native;

namespace LibBpf;

/// <summary>
/// A <see cref="BpfSocketMap"/> fills a <c>SOCKMAP</c>: sockets by index, for programs to choose from. The map does not keep a socket open; one that is closed
/// leaves it. Calls may come from any thread.
/// </summary>
public sealed unsafe class BpfSocketMap
{
    private readonly BpfMap _map;

    internal BpfSocketMap(BpfMap map) => _map = map.Require<uint, ulong>(BpfMapType.BPF_MAP_TYPE_SOCKMAP);

    /// <summary>Gets the map without its types.</summary>
    public BpfMap Map => _map;

    /// <summary>Adds or replaces a socket. One of TCP must listen, or be connected, already.</summary>
    /// <param name="index">0 to <see cref="BpfMap.MaxEntries"/> - 1.</param>
    /// <param name="socket">The socket's handle; it remains its owner's.</param>
    /// <exception cref="BpfException">E2BIG: the index is outside; EOPNOTSUPP: the socket is in no such state.</exception>
    /// <exception cref="ObjectDisposedException">The object or the socket was disposed.</exception>
    public void Set(uint index, SafeHandle socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        using var lease = _map.Lease();
        using var held = new HandleLease(socket);
        var value = (ulong)socket.DangerousGetHandle();
        var result = NativeLibBpf.bpf_map__update_elem(_map.Pointer, &index, sizeof(uint), &value, sizeof(ulong), 0);
        BpfError.Check(result, $"putting a socket into map {_map.Name}");
    }
}
