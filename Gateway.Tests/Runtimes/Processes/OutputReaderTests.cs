using Gateway.Runtimes.Process;
using Xunit;

namespace Gateway.Tests.Runtimes.Processes;

public sealed class OutputReaderTests
{
    private const int Longest = OutputReader.LongestPiece;

    [Fact]
    public async Task Read_Lines_AreHandedOnAsTheyAre()
    {
        var (pieces, cuts) = await ReadAsync("one\n\ntwo\r\nthree");

        Assert.Equal(["one", "", "two\r", "three"], pieces);
        Assert.Equal(0, cuts);
    }

    [Theory]
    [InlineData(Longest, false)]
    [InlineData(Longest, true)]
    [InlineData(Longest + 1, false)]
    [InlineData((3 * Longest) + 7, true)]
    public async Task Read_ALongLine_IsHandedOnInPieces_NothingIsLost(int length, bool ends)
    {
        var line = string.Concat(Enumerable.Range(0, length).Select(index => (char)('a' + (index % 26))));

        var (pieces, cuts) = await ReadAsync(line + (ends ? "\nnext" : ""));

        Assert.Equal(ends ? line + "next" : line, string.Concat(pieces));
        Assert.All(pieces, piece => Assert.InRange(piece.Length, 1, Longest));
        Assert.Equal((length - 1) / Longest, cuts);
    }

    private static async Task<(string[] Pieces, int Cuts)> ReadAsync(string output)
    {
        var (pieces, cuts) = (new List<string>(), 0);
        await new OutputReader(pieces.Add, () => cuts++).ReadAsync(new StringReader(output), default);
        return ([.. pieces], cuts);
    }
}
