using System.Globalization;

namespace Gateway.Configuration;

/// <summary>Bytes as people write them: <c>512MiB</c>, <c>512M</c> (powers of 1024), <c>512MB</c> (of 1000, as in SI).</summary>
internal static class MemorySize
{
    /// <summary>The smallest budget that can be meant: no instance of anything uses less.</summary>
    public const long Smallest = 1 << 20;

    // More would not fit, and multiplied overflow.
    private const int MostDigits = 16;

    private static readonly string[] Prefixes = ["", "K", "M", "G", "T"];

    /// <returns>False: it is none, or none that fits.</returns>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        var digits = text.TakeWhile(c => char.IsAsciiDigit(c) || c == '.').Count();
        var suffix = text[digits..].Trim();
        var power = Array.FindIndex(Prefixes, prefix => Units(prefix).Contains(suffix, StringComparer.OrdinalIgnoreCase));
        if (power < 0 || digits > MostDigits || !decimal.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        var step = suffix.Length == 2 ? 1000m : 1024m;
        for (; power > 0; power--)
        {
            number *= step;
        }

        if (number is < 0 or > long.MaxValue)
        {
            return false;
        }

        bytes = (long)number;
        return true;
    }

    public static string Format(long bytes)
    {
        var (value, power) = ((double)bytes, 0);
        while (value >= 1024 && power < Prefixes.Length - 1)
        {
            (value, power) = (value / 1024, power + 1);
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value:0.#} {Prefixes[power]}{(power > 0 ? "i" : "")}B");
    }

    private static string[] Units(string prefix) => prefix.Length == 0 ? ["", "B"] : [prefix, prefix + "iB", prefix + "B"];
}
