using System.Security.Cryptography;
using System.Text;
using Gateway.Configuration.Pages;
using Xunit;

namespace Gateway.Tests.Configuration.Pages;

public sealed class PageTemplateTests
{
    [Fact]
    public void Render_ReplacesWords_AndEncodesValues()
    {
        var template = Parse("<a title=\"{{ host }}\">{{detail}}{{detail}}</a> {{}} {{Host}} { {host} }");

        Assert.Equal(
            "<a title=\"&quot;&gt;&lt;host&#39;\">&quot;&gt;&lt;detail&#39;&quot;&gt;&lt;detail&#39;</a> {{}} {{Host}} { {host} }",
            template.Render(static word => $"\"><{word}'"));
    }

    // A value that looks like a word is none.
    [Fact]
    public void Render_ReplacesNothingInValues() => Assert.Equal("{{function}}", Parse("{{host}}").Render(static _ => "{{function}}"));

    [Fact]
    public void SecurityPolicy_HasTheHashesOfWhatIsInThePage_AndNothingOfOthers()
    {
        var policy = Parse("<STYLE media=all>a{}</STYLE><script type=module>\n1\n</script><script src=\"{{assets}}/x.js\"></script><styles></styles>", hasAssets: true).SecurityPolicy;

        Assert.Contains($"script-src 'self' {Hash("\n1\n")};", policy, StringComparison.Ordinal);
        Assert.Contains($"style-src 'self' {Hash("a{}")};", policy, StringComparison.Ordinal);
        Assert.StartsWith("default-src 'none';", policy, StringComparison.Ordinal);
        Assert.Contains("script-src 'none'; style-src 'none';", Parse("<p>{{host}}</p>").SecurityPolicy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{{hots}}", "has the unknown word '{{hots}}'; did you mean {{host}}?")]
    [InlineData("{{weather}}", "has the unknown word '{{weather}}'; there are function, host, ")]
    [InlineData("<script>const host = '{{host}}'</script>", "has {{host}} inside a <script>, where it cannot be replaced; write it into an attribute")]
    [InlineData("<style>p::after { content: '{{host}}' }</style>", "has {{host}} inside a <style>")]
    public void Parse_Mistake_IsTold(string html, string sentence)
    {
        var (template, mistake) = PageTemplate.Parse(html, hasAssets: false);

        Assert.Null(template);
        Assert.StartsWith(sentence, mistake, StringComparison.Ordinal);
    }

    private static PageTemplate Parse(string html, bool hasAssets = false) => PageTemplate.Parse(html, hasAssets).Template!;

    private static string Hash(string text) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}'";
}
