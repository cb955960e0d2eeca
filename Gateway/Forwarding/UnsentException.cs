namespace Gateway.Forwarding;

/// <summary>Nothing of the request has reached its instance, so that it may be sent again whatever its method.</summary>
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

    /// <summary>Nobody takes connections at the instance's address; else only this one had been closed.</summary>
    public bool IsRefused { get; init; }
}
