namespace Gateway.Forwarding;

/// <summary>A connection to a function could not be made, because the process has hardly any descriptors left.</summary>
internal sealed class NoDescriptorException : IOException
{
    public NoDescriptorException()
    {
    }

    public NoDescriptorException(string message) : base(message)
    {
    }

    public NoDescriptorException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
