using System.Text;
using System.Text.Json;

namespace Gateway.Configuration;

/// <summary>Makes the texts that say why a configuration cannot be used. At the start they are printed on stderr.</summary>
internal static class StartupErrors
{
    public static string Describe(ConfigurationException exception) => Describe(exception.Errors);

    /// <summary>Returns a heading for each source, with its number of errors, and under it an indented line for each error.</summary>
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
    /// Returns the user's mistake that an exception stands for, or null if it is another exception. Such exceptions are
    /// <see cref="ConfigurationException"/>s, and those of ASP.NET Core's own configuration loader for a file that is not JSON.
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

    /// <summary>Makes an error of an exception of the JSON reader, with the line of the file if it is known.</summary>
    internal static ConfigurationError DescribeJson(string file, Exception exception)
    {
        var json = exception as JsonException ?? exception.InnerException as JsonException;
        if (json is null)
        {
            return new ConfigurationError(file, $"{exception.Message.TrimEnd('.')}; correct the file.", file);
        }

        // The reader counts lines and bytes from 0, while editors count from 1, and its message repeats both at the end.
        var reason = json.Message.Split(" LineNumber:", 2)[0].Split(" Path:", 2)[0].TrimEnd('.');
        return new ConfigurationError(
            $"{file}:{json.LineNumber + 1}",
            $"not valid JSON at column {json.BytePositionInLine + 1}: {reason}; correct the file.",
            file);
    }
}
