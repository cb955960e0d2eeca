using Gateway.CommandLine;
using Xunit;

namespace Gateway.Tests.CommandLine;

/// <summary>Tables fit a terminal, and nothing in them moves its cursor.</summary>
public sealed class TextTableTests
{
    [Fact]
    public void Lines_OfAnyWidth_AreAligned() =>
        Assert.Equal(["NAME   WHY", "a      because", "other"], Table("because").Lines(width: null));

    [Theory]
    [InlineData(14, "a      beca...")]
    [InlineData(10, "a      ...")]
    [InlineData(5, "a ...")]
    [InlineData(2, "a ")]
    public void Lines_OfANarrowTerminal_AreCut(int width, string expected)
    {
        var lines = Table("because of this").Lines(width).ToArray();

        Assert.Equal(expected, lines[1]);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, width));
    }

    [Fact]
    public void Cells_WithEscapes_ArePlain() =>
        Assert.Equal("a      one two  [31", Table("one\r\u001b[2Jtwo\n\u009b[31m\u202e"[..^2]).Lines(width: null).ElementAt(1));

    private static TextTable Table(string why)
    {
        var table = new TextTable("NAME", "WHY");
        table.Add("a", why);
        table.Add("other", "");
        return table;
    }
}
