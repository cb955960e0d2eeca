namespace Gateway.Ebpf.Hooks;

/// <summary>Hears the kernel. Called on the one thread that reads the ring, in order: it must hand over and return, never block.</summary>
public interface IKernelEvents
{
    void OnConnection(in ConnectionEvent e);

    void OnListen(in ListenEvent e);
}
