using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Gateway.Lab;

/// <summary>The lab cannot do something. The message is one sentence that says what failed and, if known, what to do.</summary>
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

    /// <summary>Makes the exception of a native call that has just failed: <paramref name="what"/> and the text of errno.</summary>
    internal static LabException FromErrno(string what)
    {
        var cause = new Win32Exception(Marshal.GetLastPInvokeError());
        return new LabException($"{what}: {cause.Message} (errno {cause.NativeErrorCode})", cause);
    }
}
