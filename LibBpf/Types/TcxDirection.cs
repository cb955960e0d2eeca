namespace LibBpf;

/// <summary>The direction says which packets of a network device a traffic control program sees.</summary>
public enum TcxDirection
{
    /// <summary>The program sees the packets that the device receives.</summary>
    Ingress,

    /// <summary>The program sees the packets that the device sends.</summary>
    Egress,
}
