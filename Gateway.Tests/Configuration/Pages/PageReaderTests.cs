using Gateway.Configuration;
using Gateway.Configuration.Pages;
using Gateway.Runtimes;
using Xunit;

namespace Gateway.Tests.Configuration.Pages;

public sealed class PageReaderTests
{
    private const string Page = "Gateway:Functions:hello:Hold:Page";

    [Fact]
    public void Read_LeftOut_ThereIsNoPage()
    {
        Assert.Null(Given.Function(Given.Process()).Hold.Page);
        Assert.Null(Given.Function(Given.Process("\"Hold\": { \"Page\": {} }")).Hold.Page);
    }

    [Fact]
    public void Read_EveryKey_IsTaken() =>
        Assert.Equal(
            new PageOptions { After = TimeSpan.FromSeconds(1.5), Json = false },
            Given.Function(Given.Process("\"Hold\": { \"Page\": { \"after\": \"00:00:01.5\", \"Json\": false } }")).Hold.Page);

    [Theory]
    [InlineData("""{ "Json": true }""", "After", "missing, so there is no page")]
    [InlineData("""{ "Theme": "page.html" }""", "After", "missing, so there is no page")]
    [InlineData("""{ "After": "00:00:30" }""", "After", "nothing waits longer than Hold:Timeout (00:00:30)")]
    [InlineData("""{ "After": 2 }""", "After", "is not a time from 00:00:00 to 1.00:00:00")]
    [InlineData("""{ "After": "00:00:02", "Theme": "" }""", "Theme", "is not the name of a file or folder")]
    [InlineData("""{ "After": "00:00:02", "Theme": true }""", "Theme", "is not a path; write an HTML file")]
    [InlineData("""{ "After": "00:00:02", "Them": "x" }""", "Them", "did you mean 'Theme'?")]
    public void Read_Mistake_IsTold(string page, string key, string sentence)
    {
        var error = Given.Error(Given.Process($"\"Hold\": {{ \"Page\": {page} }}"));

        Assert.Equal($"{Page}:{key}", error.Path);
        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Theme_IsReadFromTheContentRoot_AndAgainByEachPass()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("page.html", "<p>{{host}}</p>");
        var configuration = Given.Json(Given.Process("\"Hold\": { \"Page\": { \"After\": \"00:00:02\", \"Theme\": \"page.html\" } }"));
        ReadResult Read(KnownParts? before) => ConfigurationReader.TryRead(configuration, RuntimeModules.All, before, new Machine(directory.Path));

        var first = Read(null);
        var same = Read(first.Known);
        directory.Write("page.html", "<p>{{host}}!</p>");
        var other = Read(same.Known);

        Assert.Equal("<p>a&amp;b</p>", first.Options!.Functions["hello"].Hold.Page!.Theme!.Template.Render(static _ => "a&b"));
        Assert.Equal(first.Options, same.Options);
        Assert.NotEqual(same.Options, other.Options);
        Assert.Equal("<p>x!</p>", other.Options!.Functions["hello"].Hold.Page!.Theme!.Template.Render(static _ => "x"));

        File.Delete(directory.File("page.html"));
        Assert.Contains(Read(other.Known).Errors, static error => error.Path == $"{Page}:Theme" && error.Message.StartsWith("there is no file or folder '", StringComparison.Ordinal));
    }
}
