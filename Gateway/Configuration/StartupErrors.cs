using System.Text;
using System.Text.Json;

namespace Gateway.Configuration;

/// <summary>What is printed on stderr when the gateway cannot start with what the user wrote.</summary>
internal static class StartupErrors
{
    public static string Describe(ConfigurationException exception) => Describe(exception.Errors);

    /// <summary>One heading a source with its number of errors, then one indented line an error.</summary>
    public static string Describe(IReadOnlyList<ConfigurationError> errors)
    {
        var text = new StringBuilder();
        foreach (var source in errors.GroupBy(error => error.Source, StringComparer.Ordinal))
        {
            var count = source.Count();
            text.Append(text.Length == 0 ? "" : "\n").Append(source.Key).Append(" has ").Append(count).Append(count == 1 ? " error:" : " errors:");
            foreach (var error in source)
            {
                text.Append("\n  ").Append(error);
            }
        }

        return text.ToString();
    }

    /// <summary>
    /// The user's mistake behind an exception of ASP.NET Core's own configuration loader: a file that is not JSON.
    /// Null when <paramref name="exception"/> is something else.
    /// </summary>
    public static ConfigurationException? TryExplain(Exception exception)
    {
        // FileConfigurationProvider throws InvalidDataException("Failed to load configuration from file '...'") around
        // FormatException around JsonException (bad syntax), or around FormatException alone (a key twice).
        if (exception is not InvalidDataException { InnerException: FormatException format } invalid)
        {
            return exception as ConfigurationException;
        }

        var quoted = invalid.Message.Split('\'');
        var file = quoted.Length == 3 ? Path.GetFileName(quoted[1]) : ConfigurationError.AnySource;
        return new ConfigurationException([DescribeJson(file, format)], exception);
    }

    /// <summary>One sentence for what the JSON reader says, with the line where it says it.</summary>
    internal static ConfigurationError DescribeJson(string file, Exception exception)
    {
        var json = exception as JsonException ?? exception.InnerException as JsonException;
        if (json is null)
        {
            return new ConfigurationError(file, $"{exception.Message.TrimEnd('.')}; correct the file.", file);
        }

        // The reader counts lines and bytes from 0, editors from 1, and its message repeats them at the end.
        var reason = json.Message.Split(" LineNumber:", 2)[0].Split(" Path:", 2)[0].TrimEnd('.');
        return new ConfigurationError(
            $"{file}:{json.LineNumber + 1}",
            $"not valid JSON at column {json.BytePositionInLine + 1}: {reason}; correct the file.",
            file);
    }
}
