namespace LibBpf;

/// <summary>The mode says where in the receive path an XDP program runs.</summary>
public enum XdpLinkMode
{
    /// <summary>The driver runs the program, before the kernel makes a socket buffer of the packet. Not every driver can.</summary>
    Native,

    /// <summary>The network stack runs the program, on any device, after it made a socket buffer.</summary>
    Generic,
}
