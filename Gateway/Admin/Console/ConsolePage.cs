using System.Security.Cryptography;
using System.Text;

namespace Gateway.Admin.Console;

/// <summary>The console at <c>/</c>: one page that loads nothing else, made of its sources.</summary>
internal static class ConsolePage
{
    private static readonly string Style = Read("console.css");

    // One module, since a page that loads nothing else cannot import; each file uses those before it.
    private static readonly string Script = string.Concat(new[] { "tools", "live", "functions", "starts", "function", "page" }.Select(static name => Read($"{name}.js")));

    public static string Html { get; } = Read("console.html")
        .Replace("/*console.css*/", Style, StringComparison.Ordinal)
        .Replace("/*console.js*/", Script, StringComparison.Ordinal);

    /// <summary>The policy (Content Security Policy 3), which allows only the page's own style and script, by their hashes, and no frames.</summary>
    public static string SecurityPolicy { get; } =
        $"default-src 'none'; style-src {Hash(Style)}; script-src {Hash(Script)}; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static string Hash(string text) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}'";

    private static string Read(string name)
    {
        using var stream = typeof(ConsolePage).Assembly.GetManifestResourceStream($"Gateway.Admin.{name}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
