using System.Globalization;
using Gateway.Configuration;
using Gateway.Configuration.Schema;

namespace Gateway.Lab.Reference;

/// <summary>Says in words what a value may be.</summary>
internal static class ReferenceTypes
{
    /// <summary>A range up to here is none: it is as far as numbers go.</summary>
    private const double Unbounded = 1e15;

    public static string Of(KeyShape shape)
    {
        List<string> kinds = [];
        if (shape.Scalar is { } scalar)
        {
            kinds.Add(Of(scalar));
        }

        if (shape.Item is { } item)
        {
            kinds.Add(item switch
            {
                { Scalar: { } text, Section: null } => $"a list of {Many(text)}",
                { Scalar: { } } => "a list of texts and objects",
                _ => "a list of objects",
            });
        }

        if (shape.Entry is not null)
        {
            kinds.Add("an object of texts by name");
        }

        if (shape.Section is not null)
        {
            kinds.Add("an object");
        }

        return string.Join(", or ", kinds);
    }

    private static string Of(KeyForm form) => form switch
    {
        FlagForm => "`true` or `false`",
        IntegerForm(var min, var max) when max > Unbounded => $"a whole number from {Number(min)}",
        IntegerForm(var min, var max) => $"a whole number from {Number(min)} to {Number(max)}",
        NumberForm(var min, var max) => string.Create(CultureInfo.InvariantCulture, $"a number from {min:#,0.####} to {max:#,0.####}"),
        TimeForm time => $"a time from `{Durations.Format(time.Min)}` to `{Durations.Format(time.Max)}`",
        WordForm { Words: var words } => Or([.. words.Select(word => $"`{word}`")]),
        TextForm { Format: var format } when format == MemorySize.Written => "a size: `512`, `64KiB`, `256M`, `1.5GiB`, in powers of 1024; `MB` and the like in powers of 1000",
        TextForm => "a text",
        _ => throw new ArgumentOutOfRangeException(nameof(form), form, "The page has no words for this form."),
    };

    private static string Many(KeyForm form) => form switch
    {
        TextForm { Format: var format } when format == SourceNetworks.Written => "addresses and networks",
        TextForm { Format: var format } when format == ListenParser.Written => "addresses: `SCHEME://HOST:PORT`, the scheme `http` or `https`, the host an address, `*` or `localhost`, the port a number or a range",
        _ => "texts",
    };

    private static string Or(IReadOnlyList<string> words) => words.Count == 1 ? words[0] : $"{string.Join(", ", words.SkipLast(1))} or {words[^1]}";

    private static string Number(long number) => number.ToString(number is >= 10_000 or <= -10_000 ? "N0" : "0", CultureInfo.InvariantCulture);
}
