using System.Globalization;
using Gateway.Configuration.Schema;

namespace Gateway.Configuration;

/// <summary>Reads and writes sizes as people write them: <c>512MiB</c> and <c>512M</c> with powers of 1024, <c>512MB</c> with powers of 1000 as in SI.</summary>
internal static class MemorySize
{
    /// <summary>The smallest budget that is accepted, in bytes. No instance uses less.</summary>
    public const long Smallest = 1 << 20;

    /// <summary>What a size looks like.</summary>
    public static readonly TextFormat Written = new(@"^(?:[0-9]+\.?[0-9]*|\.[0-9]+)\s*(?:[KMGTkmgt](?:[Ii]?[Bb])?|[Bb])?\s*$", "256MiB");

    // A number of more digits would not fit into a long, and might overflow when it is multiplied.
    private const int MostDigits = 16;

    private static readonly string[] Prefixes = ["", "K", "M", "G", "T"];

    /// <summary>Reads a size.</summary>
    /// <returns>Returns false if the text is not a size, or is too large for a long.</returns>
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

    /// <summary>Returns a size in bytes as a text with one digit after the point at most, such as <c>1.5 MiB</c>.</summary>
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
