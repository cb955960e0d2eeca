using System.Diagnostics;

namespace Gateway.Forwarding;

/// <summary>Describes an exception in one line of a log, with the messages of its causes and the place where it was thrown.</summary>
internal static class ErrorText
{
    /// <summary>The longest text, because a message may hold what a client sent.</summary>
    private const int Longest = 300;

    /// <summary>Returns the messages from the outermost exception to the innermost, each once.</summary>
    public static string Of(Exception error)
    {
        var text = error.Message;
        for (var cause = error.InnerException; cause is not null; cause = cause.InnerException)
        {
            if (!text.Contains(cause.Message, StringComparison.Ordinal))
            {
                text = $"{text.TrimEnd('.')}: {cause.Message}";
            }
        }

        var line = string.Concat(text.Take(Longest).Select(c => char.IsControl(c) ? ' ' : c));
        return text.Length > Longest ? $"{line}..." : line;
    }

    /// <summary>Returns the exception's type and the method that threw it, which a bug report needs.</summary>
    public static string PlaceOf(Exception error)
    {
        var method = new StackTrace(error, fNeedFileInfo: false).GetFrame(0)?.GetMethod();
        return method is null ? $" ({error.GetType().Name})" : $" ({error.GetType().Name} in {method.DeclaringType?.FullName}.{method.Name})";
    }
}
