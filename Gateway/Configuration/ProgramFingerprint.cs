using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Configuration;

/// <summary>Makes the texts that tell programs apart: a runtime's <see cref="RunOptions.Fingerprint"/>, key by key, and that of a measured wake.</summary>
/// <remarks>
/// Keys that are left out of the configuration add nothing, so that a new key does not change the text of functions that do not use it. The order
/// in which a runtime adds its keys must not change either, because state files and the labels of containers hold hashes of these texts.
/// </remarks>
internal sealed class ProgramFingerprint
{
    private readonly StringBuilder _text = new();

    /// <summary>
    /// Returns 16 hexadecimal digits that are the same as long as measured wakes of a function hold: a hash of the program, and of what has to answer
    /// before the function counts as awake.
    /// </summary>
    public static string OfWake(FunctionOptions function)
    {
        var text = new ProgramFingerprint().Add("Program", function.Run.Fingerprint).Add("Ready:Path", function.Ready.Path).ToString();
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
    }

    /// <summary>Adds a text, or nothing if it is empty.</summary>
    public ProgramFingerprint Add(string key, string? value) => string.IsNullOrEmpty(value) ? this : Add(key, [value]);

    /// <summary>Adds a number or a time, or nothing if it is null.</summary>
    public ProgramFingerprint Add(string key, IFormattable? value) => Add(key, value?.ToString(format: null, CultureInfo.InvariantCulture));

    /// <summary>Adds a switch, or nothing if it is off.</summary>
    public ProgramFingerprint Add(string key, bool value) => Add(key, value ? "true" : null);

    /// <summary>Adds a map in the order of its names, because it has no order of its own, or nothing if it is empty.</summary>
    public ProgramFingerprint Add(string key, IReadOnlyDictionary<string, string> values) =>
        Add(key, [.. values.OrderBy(pair => pair.Key, StringComparer.Ordinal).SelectMany(pair => new[] { pair.Key, pair.Value })]);

    /// <summary>Adds a list, or nothing if it is empty.</summary>
    public ProgramFingerprint Add(string key, IReadOnlyCollection<string> values)
    {
        if (values.Count == 0)
        {
            return this;
        }

        _text.Append(CultureInfo.InvariantCulture, $"{key}[{values.Count}]");
        foreach (var value in values)
        {
            // The length before each value keeps lists such as ["a b"] and ["a", "b"] apart.
            _text.Append(CultureInfo.InvariantCulture, $"{value.Length}:{value}");
        }

        return this;
    }

    public override string ToString() => _text.ToString();
}
