using System.Collections.Frozen;

namespace Gateway.Configuration.Pages;

/// <summary>A page of the user's own, as its files were when the configuration was read. Two are equal if their files say the same.</summary>
/// <param name="template">The page.</param>
/// <param name="assets">The other files by their paths below the theme's folder, with <c>/</c> between their parts.</param>
/// <param name="hash">A hash of all files, by which clients ask for them: letters and digits.</param>
internal sealed class PageTheme(PageTemplate template, FrozenDictionary<string, byte[]> assets, string hash) : IEquatable<PageTheme>
{
    /// <summary>The path below which the gateway answers for the files of themes. What follows is the theme's hash, so that it hides no path that a function can have.</summary>
    public const string Folder = "/.well-known/headstart/";

    public PageTemplate Template => template;

    public FrozenDictionary<string, byte[]> Assets => assets;

    public string Hash => hash;

    /// <summary>Gets the path of the theme's files for clients, without a slash at the end.</summary>
    public string Path => Folder + hash;

    public bool Equals(PageTheme? other) => hash == other?.Hash;

    public override bool Equals(object? obj) => Equals(obj as PageTheme);

    public override int GetHashCode() => hash.GetHashCode(StringComparison.Ordinal);
}
