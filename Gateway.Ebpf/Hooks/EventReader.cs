using System.Runtime.InteropServices;
using Gateway.Ebpf.Hooks.Wire;

namespace Gateway.Ebpf.Hooks;

/// <summary>Turns records of the ring buffer into typed events.</summary>
internal sealed class EventReader(IKernelEvents events)
{
    internal void OnRecord(ReadOnlySpan<byte> record)
    {
        if (record[ListenRecord.KindOffset] == ListenRecord.KindListen)
        {
            events.OnListen(new ListenEvent(MemoryMarshal.AsRef<ListenRecord>(record)));
        }
        else
        {
            events.OnConnection(new ConnectionEvent(MemoryMarshal.AsRef<ConnectionRecord>(record)));
        }
    }
}
