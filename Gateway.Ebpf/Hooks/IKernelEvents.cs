namespace Gateway.Ebpf.Hooks;

/// <summary>Receives the kernel's events, in order, on the one thread that reads the ring buffer. Implementations must not block.</summary>
public interface IKernelEvents
{
    /// <summary>A client connects to an armed function, which is disarmed by that.</summary>
    void OnConnection(in ConnectionEvent e);

    /// <summary>A program called listen() in an awaited cgroup.</summary>
    void OnListen(in ListenEvent e);
}
