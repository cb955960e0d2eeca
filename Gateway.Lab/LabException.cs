using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Gateway.Lab;

/// <summary>The lab cannot do what it was asked to: one sentence that says what failed and, where known, what to do.</summary>
public sealed class LabException : Exception
{
    public LabException(string message) : base(message)
    {
    }

    public LabException(string message, Exception innerException) : base(message, innerException)
    {
    }

    public LabException()
    {
    }

    /// <summary>The last native call failed: <paramref name="what"/> and the errno in words.</summary>
    internal static LabException FromErrno(string what)
    {
        var cause = new Win32Exception(Marshal.GetLastPInvokeError());
        return new LabException($"{what}: {cause.Message} (errno {cause.NativeErrorCode})", cause);
    }
}
