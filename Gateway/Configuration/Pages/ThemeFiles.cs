using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Configuration.Pages;

/// <summary>Reads the files of a theme. All that clients are ever given of it is read here, so that no request leads to a file.</summary>
internal static class ThemeFiles
{
    /// <summary>How many files a theme may have.</summary>
    public const int MostFiles = 100;

    /// <summary>How large all of them together may be, in bytes. They are kept in memory.</summary>
    public const int MostBytes = 4 * 1024 * 1024;

    private const string Index = "index.html";

    /// <summary>Reads an HTML file, or a folder with an index.html and what that needs.</summary>
    /// <param name="path">The absolute path.</param>
    /// <returns>Returns the theme, or one sentence that says why it cannot be used.</returns>
    public static ThemeRead Read(string path)
    {
        try
        {
            return File.Exists(path) ? Make([(Index, path)])
                : !Directory.Exists(path) ? new(null, $"there is no file or folder '{path}'; make it or correct the path.")
                : !File.Exists(Path.Combine(path, Index)) ? new(null, $"there is no {Index} in '{path}'; make it, or name an HTML file.")
                : ReadFolder(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new(null, $"'{path}' cannot be read: {error.Message.TrimEnd('.')}.");
        }
    }

    private static ThemeRead ReadFolder(string folder)
    {
        var root = $"{Real(folder).TrimEnd('/')}/";
        var files = new List<(string, string)>();
        // Hidden files are not meant for clients. In a mounted ConfigMap the visible ones are symbolic links to them.
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.Hidden, MaxRecursionDepth = 8, IgnoreInaccessible = false };
        foreach (var file in new DirectoryInfo(root).EnumerateFiles("*", options))
        {
            if (!Real(file.FullName).StartsWith(root, StringComparison.Ordinal))
            {
                return new(null, $"'{file.FullName}' is a symbolic link that leads out of the folder, and would be given to every client; replace it by the file.");
            }

            files.Add((file.FullName[root.Length..], file.FullName));
            if (files.Count > MostFiles)
            {
                return new(null, $"'{folder}' has more than {MostFiles} files; is it the right folder?");
            }
        }

        return Make(files);
    }

    // realpath(3): any part of a path may be a symbolic link.
    private static string Real(string path)
    {
        var real = "/";
        foreach (var part in Path.GetFullPath(path).Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            real = Path.Combine(real, part);
            if (File.ResolveLinkTarget(real, returnFinalTarget: true) is { } target)
            {
                real = Real(target.FullName);
            }
        }

        return real;
    }

    private static ThemeRead Make(List<(string Name, string Path)> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (read, left) = (new Dictionary<string, byte[]>(StringComparer.Ordinal), (long)MostBytes);
        foreach (var (name, path) in files.OrderBy(static file => file.Name, StringComparer.Ordinal))
        {
            if (new FileInfo(path).Length > left)
            {
                return TooLarge(path);
            }

            var content = BoundedFile.Read(path);
            if ((left -= content.Length) < 0)
            {
                return TooLarge(path);
            }

            read[name] = content;
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}\0{content.Length}\0"));
            hash.AppendData(content);
        }

        // A browser takes away a mark at the beginning, too.
        var html = Encoding.UTF8.GetString(read[Index]).TrimStart('\uFEFF').Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        read.Remove(Index);
        var (template, mistake) = PageTemplate.Parse(html, hasAssets: read.Count > 0);
        return template is null
            ? new(null, $"'{files.First(static file => file.Name == Index).Path}' {mistake}.")
            : new(new PageTheme(template, read.ToFrozenDictionary(StringComparer.Ordinal), Convert.ToHexStringLower(hash.GetHashAndReset())[..32]), null);
    }

    private static ThemeRead TooLarge(string path) =>
        new(null, $"with '{path}' the theme is larger than {MemorySize.Format(MostBytes)}, the most that is kept of one; make it smaller.");
}

/// <summary>A theme, or one sentence that says why it cannot be used.</summary>
internal sealed record ThemeRead(PageTheme? Theme, string? Mistake);
