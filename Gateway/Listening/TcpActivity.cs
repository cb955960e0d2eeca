namespace Gateway.Listening;

/// <summary>What the kernel knows about the data on a connection.</summary>
/// <param name="Silent">For how long no data has been sent or received, the time of the handshake being the first.</param>
/// <param name="HasReceived">Whether the client has ever sent any.</param>
/// <param name="IsSending">Whether the client has not acknowledged all that was sent.</param>
internal readonly record struct TcpActivity(TimeSpan Silent, bool HasReceived, bool IsSending);
