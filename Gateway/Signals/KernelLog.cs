namespace Gateway.Signals;

internal static partial class KernelLog
{
    [LoggerMessage(5001, LogLevel.Information, "eBPF: {Attachments}", EventName = "Attached")]
    public static partial void Attached(ILogger logger, string attachments);

    [LoggerMessage(5002, LogLevel.Warning, "No eBPF: {Reason} Functions wake by ClientHello and by request instead.", EventName = "Without")]
    public static partial void Without(ILogger logger, string reason);

    [LoggerMessage(5012, LogLevel.Debug, "{Function}: the kernel goes on reporting sources whose signals wake nothing: {Reason}", EventName = "QuietNotWritten")]
    public static partial void QuietNotWritten(ILogger logger, string function, string reason);

    [LoggerMessage(5011, LogLevel.Warning, "The kernel refused the eBPF program {Program}, which is left out: {Reason}", EventName = "ProgramRefused")]
    public static partial void Refused(ILogger logger, string program, string reason);

    [LoggerMessage(5013, LogLevel.Information, "{Function}: from here on the kernel hands it the connections to {Addresses}.", EventName = "Direct")]
    public static partial void Direct(ILogger logger, string function, string addresses);

    [LoggerMessage(5014, LogLevel.Information, "{Function}: its connections go through the gateway: {Reason}.", EventName = "NotDirect")]
    public static partial void NotDirect(ILogger logger, string function, string reason);

    [LoggerMessage(5015, LogLevel.Warning, "{Function}: Direct is 'Required', and its connections go through the gateway: {Reason}.", EventName = "NotDirectThoughRequired")]
    public static partial void NotDirectThoughRequired(ILogger logger, string function, string reason);

    [LoggerMessage(5016, LogLevel.Warning, "Connections to {Addresses} could not be turned back to the gateway, which is tried again each second: {Reason}.", EventName = "NotTurnedBack")]
    public static partial void NotTurnedBack(ILogger logger, string addresses, string reason);

    [LoggerMessage(5017, LogLevel.Warning, "What the kernel knows of connections to {Program}, which has ended, could not be removed: {Reason}.", EventName = "NotForgotten")]
    public static partial void NotForgotten(ILogger logger, string program, string reason);

    [LoggerMessage(5010, LogLevel.Warning, "Gateway:FastOpen is 'On', but net.ipv4.tcp_fastopen is {Value}: no listener takes data in a SYN. Set it to {Wanted}.", EventName = "FastOpenOff")]
    public static partial void FastOpenOff(ILogger logger, int value, int wanted);

    [LoggerMessage(5003, LogLevel.Information, "eBPF is off (Gateway:Ebpf:Mode): functions wake by ClientHello and by request.", EventName = "Off")]
    public static partial void Off(ILogger logger);
}
