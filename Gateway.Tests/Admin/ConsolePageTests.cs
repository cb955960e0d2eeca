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
        Assert.DoesNotContain("://", ConsolePage.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", ConsolePage.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("/*console.", ConsolePage.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("style")]
    [InlineData("script")]
    public void SecurityPolicy_AllowsThePagesOwn(string element)
    {
        var start = ConsolePage.Html.IndexOf($"<{element}>", StringComparison.Ordinal) + element.Length + 2;
        var own = ConsolePage.Html[start..ConsolePage.Html.IndexOf($"</{element}>", start, StringComparison.Ordinal)];

        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(own)));

        Assert.Contains($"{element}-src 'sha256-{hash}'", ConsolePage.SecurityPolicy, StringComparison.Ordinal);
    }
}
