using System.Security.Cryptography;
using System.Text;
using Gateway.Admin.Console;
using Xunit;

namespace Gateway.Tests.Admin;

public sealed class ConsolePageTests
{
    [Fact]
    public void Html_LoadsNothingFromElsewhere()
    {
        Assert.DoesNotContain("src=", ConsolePage.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("href=\"http", ConsolePage.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("/*console.", ConsolePage.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("style", "<style>")]
    [InlineData("script", "<script type=\"module\">")]
    public void SecurityPolicy_AllowsThePagesOwn(string element, string tag)
    {
        var start = ConsolePage.Html.IndexOf(tag, StringComparison.Ordinal) + tag.Length;
        var own = ConsolePage.Html[start..ConsolePage.Html.IndexOf($"</{element}>", start, StringComparison.Ordinal)];

        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(own)));

        Assert.Contains($"{element}-src 'sha256-{hash}'", ConsolePage.SecurityPolicy, StringComparison.Ordinal);
    }
}
