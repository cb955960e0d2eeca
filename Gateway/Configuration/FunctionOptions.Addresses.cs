namespace Gateway.Configuration;

// What a function's addresses are for.
internal sealed partial record FunctionOptions
{
    /// <summary>Whether the kernel is to hand new connections to the function's own socket while it runs, as it is written, or null if nothing is.</summary>
    public DirectMode? WrittenDirect { get; init; }

    /// <summary>The same with its default, which is <see cref="DirectMode.Auto"/> for addresses of bytes that are the function's alone.</summary>
    public DirectMode Direct => WrittenDirect ?? (IsBytes && OwnListen.Any() ? DirectMode.Auto : DirectMode.Off);

    /// <summary>Whether bytes are passed on at the function's addresses, so that it gets no requests of HTTP.</summary>
    public bool IsBytes => Listen.Any(static address => address.IsBytes);

    /// <summary>The addresses of which a handshake alone says that it is for this function.</summary>
    public IEnumerable<ListenAddress> OwnListen => Sni.Count == 0 ? Listen : Listen.Where(static address => !address.IsTls);

    /// <summary>The addresses that are this function's by the server name in the ClientHello.</summary>
    public IEnumerable<ListenAddress> NamedListen => Sni.Count == 0 ? [] : Listen.Where(static address => address.IsTls);
}
