using System.Globalization;

namespace Gateway.Forwarding.Async;

/// <summary>What a client prefers (the header <c>Prefer</c>, RFC 7240) of the two preferences that the gateway knows.</summary>
/// <param name="IsAsync">Whether it would rather not wait for the answer: <c>respond-async</c> (section 4.1).</param>
/// <param name="Wait">How long it would wait all the same: <c>wait</c> (section 4.3), bounded by <see cref="LongestWait"/>; zero if it does not say.</param>
internal readonly record struct Preference(bool IsAsync, TimeSpan Wait)
{
    public const string Header = "Prefer";

    /// <summary>The value of <c>Preference-Applied</c> (section 3).</summary>
    public const string Applied = "respond-async";

    /// <summary>The longest time for which an answer waits for the function's, however long the client would.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private const string WaitWord = "wait";

    /// <summary>Returns the preferences of a request. Of two values of one preference the first one holds (section 2).</summary>
    public static Preference Of(HttpRequest request)
    {
        var (isAsync, wait) = (false, (TimeSpan?)null);
        foreach (var preference in All(request))
        {
            var (name, value) = NameAndValue(preference);
            if (name.Equals(Applied, StringComparison.OrdinalIgnoreCase))
            {
                isAsync = true;
            }
            else if (name.Equals(WaitWord, StringComparison.OrdinalIgnoreCase) && wait is null)
            {
                // What is no number of seconds is ignored, as any preference that is not understood.
                wait = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < LongestWait.TotalSeconds ? TimeSpan.FromSeconds(seconds)
                    : value.Length > 0 && value.All(char.IsAsciiDigit) ? LongestWait : null;
            }
        }

        return new(isAsync, wait ?? TimeSpan.Zero);
    }

    /// <summary>Returns the preferences that are the function's business.</summary>
    public static string[] Others(HttpRequest request) =>
        [.. All(request).Where(static preference => NameAndValue(preference).Name is var name
            && !name.Equals(Applied, StringComparison.OrdinalIgnoreCase) && !name.Equals(WaitWord, StringComparison.OrdinalIgnoreCase))];

    private static IEnumerable<string> All(HttpRequest request) => request.Headers[Header].SelectMany(static line => Split(line ?? ""));

    // A comma inside a quoted string (RFC 9110, section 5.6.4) separates nothing.
    private static IEnumerable<string> Split(string line)
    {
        var (start, isQuoted) = (0, false);
        for (var i = 0; i <= line.Length; i++)
        {
            if (i == line.Length || (line[i] == ',' && !isQuoted))
            {
                if (line[start..i].Trim() is { Length: > 0 } preference)
                {
                    yield return preference;
                }

                start = i + 1;
            }
            else if (line[i] == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (line[i] == '\\' && isQuoted)
            {
                i++;
            }
        }
    }

    private static (string Name, string Value) NameAndValue(string preference)
    {
        var word = preference.Split(';', 2)[0];
        var parts = word.Split('=', 2);
        return (parts[0].Trim(), parts.Length > 1 ? parts[1].Trim().Trim('"') : "");
    }
}
