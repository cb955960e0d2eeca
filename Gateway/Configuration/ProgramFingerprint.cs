using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Configuration;

/// <summary>Makes the texts that tell programs apart: a runtime's <see cref="RunOptions.Fingerprint"/>, key by key, and what a wake is measured of.</summary>
/// <remarks>
/// Keys that are left out of the configuration add nothing, so that the text of a function that does not use a key is the same before and after the key
/// was invented. What was added stays in its order: state files and the labels of containers hold hashes of these texts.
/// </remarks>
internal sealed class ProgramFingerprint
{
    private readonly StringBuilder _text = new();

    /// <summary>
    /// What a measured wake is a measurement of: the program, and what has to answer before it counts as awake. 16 hexadecimal digits.
    /// </summary>
    public static string OfWake(FunctionOptions function)
    {
        var text = new ProgramFingerprint().Add("Program", function.Run.Fingerprint).Add("Ready:Path", function.Ready.Path).ToString();
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
    }

    /// <summary>Adds a text; nothing when it is empty.</summary>
    public ProgramFingerprint Add(string key, string? value) => string.IsNullOrEmpty(value) ? this : Add(key, [value]);

    /// <summary>Adds a number or a time; nothing when it was left out.</summary>
    public ProgramFingerprint Add(string key, IFormattable? value) => Add(key, value?.ToString(format: null, CultureInfo.InvariantCulture));

    /// <summary>Adds a switch; nothing when it is off.</summary>
    public ProgramFingerprint Add(string key, bool value) => Add(key, value ? "true" : null);

    /// <summary>Adds a map, in the order of its names: it has none of its own.</summary>
    public ProgramFingerprint Add(string key, IReadOnlyDictionary<string, string> values) =>
        Add(key, [.. values.OrderBy(pair => pair.Key, StringComparer.Ordinal).SelectMany(pair => new[] { pair.Key, pair.Value })]);

    /// <summary>Adds a list; nothing when it is empty.</summary>
    public ProgramFingerprint Add(string key, IReadOnlyCollection<string> values)
    {
        if (values.Count == 0)
        {
            return this;
        }

        _text.Append(CultureInfo.InvariantCulture, $"{key}[{values.Count}]");
        foreach (var value in values)
        {
            // The length in front keeps ["a b"] and ["a", "b"] apart.
            _text.Append(CultureInfo.InvariantCulture, $"{value.Length}:{value}");
        }

        return this;
    }

    public override string ToString() => _text.ToString();
}
