using Gateway.Configuration.Pages;
using Xunit;

namespace Gateway.Tests.Configuration.Pages;

public sealed class ThemeFilesTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Folder_HasItsFiles_ButNoHiddenOnes()
    {
        Directory.CreateDirectory(_directory.File("img/.cache"));
        _directory.Write("index.html", "<p>{{host}}</p>");
        _directory.Write("style.css", "p{}");
        _directory.Write("img/a.png", "a");
        _directory.Write("img/.cache/b.png", "b");
        _directory.Write(".htaccess", "secret");

        var theme = ThemeFiles.Read(_directory.Path).Theme!;

        Assert.Equal(["img/a.png", "style.css"], theme.Assets.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(32, theme.Hash.Length);
        Assert.Equal(theme, ThemeFiles.Read(_directory.Path).Theme);
        _directory.Write("style.css", "p{ }");
        Assert.NotEqual(theme, ThemeFiles.Read(_directory.Path).Theme);
    }

    // As Kubernetes mounts a ConfigMap.
    [Fact]
    public void Folder_OfLinksIntoItself_IsRead()
    {
        Directory.CreateDirectory(_directory.File("..2026"));
        _directory.Write("..2026/index.html", "<p>{{host}}</p>");
        _directory.Write("..2026/a.css", "a");
        File.CreateSymbolicLink(_directory.File("..data"), "..2026");
        File.CreateSymbolicLink(_directory.File("index.html"), "..data/index.html");
        File.CreateSymbolicLink(_directory.File("a.css"), "..data/a.css");

        Assert.Equal(["a.css"], ThemeFiles.Read(_directory.Path).Theme!.Assets.Keys);
    }

    [Fact]
    public void Folder_WithALinkOutOfIt_IsRefused()
    {
        _directory.Write("index.html", "");
        File.CreateSymbolicLink(_directory.File("users.txt"), "/etc/passwd");

        Assert.EndsWith("users.txt' is a symbolic link that leads out of the folder, and would be given to every client; replace it by the file.", ThemeFiles.Read(_directory.Path).Mistake, StringComparison.Ordinal);
    }

    [Fact]
    public void Folder_WithALinkedFolderOutOfIt_GivesNothingOfThat()
    {
        using var outside = new TemporaryDirectory();
        outside.Write("secret.txt", "secret");
        _directory.Write("index.html", "");
        Directory.CreateSymbolicLink(_directory.File("more"), outside.Path);

        var read = ThemeFiles.Read(_directory.Path);

        Assert.True(read.Mistake is not null || read.Theme!.Assets.Count == 0);
    }

    [Fact]
    public void Folder_ThatIsTooLarge_OrHasNoPage_IsRefused()
    {
        Assert.StartsWith("there is no index.html in '", ThemeFiles.Read(_directory.Path).Mistake, StringComparison.Ordinal);
        _directory.Write("index.html", "");
        File.WriteAllBytes(_directory.File("large.bin"), new byte[ThemeFiles.MostBytes + 1]);
        Assert.Contains("large.bin' the theme is larger than 4 MiB", ThemeFiles.Read(_directory.Path).Mistake, StringComparison.Ordinal);
        File.Delete(_directory.File("large.bin"));
        for (var i = 0; i < ThemeFiles.MostFiles; i++)
        {
            _directory.Write($"{i}.txt", "");
        }

        Assert.Contains("has more than 100 files", ThemeFiles.Read(_directory.Path).Mistake, StringComparison.Ordinal);
    }
}
