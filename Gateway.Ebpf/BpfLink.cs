namespace Gateway.Ebpf;

/// <summary>A program's place at a hook. It ends with <see cref="Dispose"/> or with the process, however that ends: nothing is pinned.</summary>
public sealed class BpfLink : IDisposable
{
    private readonly FileDescriptor _descriptor;

    internal BpfLink(FileDescriptor descriptor) => _descriptor = descriptor;

    /// <summary>Detaches the program. When this returns, it is not called any more for new packets.</summary>
    public void Dispose() => _descriptor.Dispose();
}
