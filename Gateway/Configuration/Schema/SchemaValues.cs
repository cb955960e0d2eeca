using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Gateway.Configuration.Schema;

/// <summary>
/// Writes the schemas of single values. A configuration is texts: the readers take <c>"80"</c> for 80, <c>"true"</c> for true, and a number where a text
/// is expected, as the framework does. Null is a value that is left out.
/// </summary>
internal static class SchemaValues
{
    /// <summary>The readers ignore the case of true and false.</summary>
    private static readonly string s_flag = $@"^\s*(?:{TextFormat.AnyCase("true")}|{TextFormat.AnyCase("false")})\s*$";

    private const string Integer = "^[+-]?[0-9]+$";
    private const string Number = @"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)$";

    /// <summary>What <see cref="SectionReader.Duration"/> reads.</summary>
    private const string Time = @"^(?:[0-9]{1,8}\.)?(?:[01]?[0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{0,7})?$";

    /// <summary>A bound beyond this one is none. Validators calculate with decimals, which have no larger numbers.</summary>
    private const double LargestBound = 1e28;

    /// <summary>Returns the schema of values of a form.</summary>
    /// <param name="form">The form.</param>
    /// <param name="mayBeNull">Whether the value may be left out by a null, which an item of a list may not.</param>
    public static JsonObject Of(KeyForm form, bool mayBeNull) => form switch
    {
        FlagForm => new JsonObject { ["type"] = Types(mayBeNull, "boolean", "string"), ["pattern"] = s_flag },
        IntegerForm(var min, var max) => new JsonObject { ["type"] = Types(mayBeNull, "integer", "string"), ["minimum"] = min, ["maximum"] = max, ["pattern"] = Integer },
        NumberForm(var min, var max) => Bounded(new JsonObject { ["type"] = Types(mayBeNull, "number", "string") }, min, max),
        TimeForm => new JsonObject { ["type"] = Types(mayBeNull, "string"), ["pattern"] = Time },
        WordForm word => new JsonObject { ["enum"] = Words(word, mayBeNull) },
        TextForm { Format: { } format } => Text(format, mayBeNull),
        _ => new JsonObject { ["type"] = Types(mayBeNull, "string", "number", "boolean") },
    };

    /// <summary>Returns the range of a time as a sentence, since a schema has no other place for it.</summary>
    public static string RangeOf(TimeForm time) => $"A time from {Durations.Format(time.Min)} to {Durations.Format(time.Max)}.";

    /// <summary>Returns a list of texts.</summary>
    public static JsonArray Texts(params IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode?)text)]);

    private static JsonArray Types(bool mayBeNull, params IEnumerable<string> types) => Texts(mayBeNull ? types.Append("null") : types);

    private static JsonObject Bounded(JsonObject schema, double min, double max)
    {
        if (min is double.Epsilon)
        {
            schema["exclusiveMinimum"] = 0;
        }
        else
        {
            schema["minimum"] = min;
        }

        if (max < LargestBound)
        {
            schema["maximum"] = max;
        }

        schema["pattern"] = Number;
        return schema;
    }

    private static JsonArray Words(WordForm word, bool mayBeNull)
    {
        var array = Texts(word.Words);

        // A status or a version is a number to most people, of which 2 and 2.0 are one.
        foreach (var number in word.Words.Where(text => decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _))
            .Select(text => decimal.Parse(text, CultureInfo.InvariantCulture)).Distinct())
        {
            array.Add((JsonNode?)number);
        }

        if (word.MayBeEmpty)
        {
            array.Add((JsonNode?)"");
        }

        if (mayBeNull)
        {
            array.Add((JsonNode?)null);
        }

        return array;
    }

    private static JsonObject Text(TextFormat format, bool mayBeNull)
    {
        var types = new List<string> { "string" };
        if (Matches("5"))
        {
            types.Add("number");
        }

        if (Matches(bool.TrueString))
        {
            types.Add("boolean");
        }

        var schema = new JsonObject { ["type"] = Types(mayBeNull, types), ["pattern"] = format.Pattern };
        if (format.Examples.Count > 0)
        {
            schema["examples"] = Texts(format.Examples);
        }

        return schema;

        bool Matches(string text) => Regex.IsMatch(text, format.Pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
    }
}
