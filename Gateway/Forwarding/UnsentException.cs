namespace Gateway.Forwarding;

/// <summary>Nothing of the request reached its instance, so that it may be sent again, whatever its method.</summary>
internal sealed class UnsentException : IOException
{
    public UnsentException()
    {
    }

    public UnsentException(string message) : base(message)
    {
    }

    public UnsentException(string message, Exception innerException) : base(message, innerException)
    {
    }

    /// <summary>Whether nobody accepts connections at the instance's address. Otherwise only this connection was closed.</summary>
    public bool IsRefused { get; init; }
}
