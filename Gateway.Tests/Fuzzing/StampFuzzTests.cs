using System.Text;
using Gateway.Stamp;
using Xunit;

namespace Gateway.Tests.Fuzzing;

public sealed class StampFuzzTests
{
    private static readonly byte[][] Corpus =
        [.. new[] { "203.0.113.7:443=hello", "[2001:db8::7]:8443=a=b:c", "*:80=x", "[::ffff:192.0.2.1%1]:1=q", "0x7f.1:65535=sixteen-letters!" }.Select(Encoding.Latin1.GetBytes)];

    [Fact]
    public void Parse_MutatedTargets_IsATargetOrASentence()
    {
        var mutator = new Mutator(seed: 6, Corpus);
        var rounds = Mutator.Rounds(50_000);
        var read = 0;
        for (var i = 0; i < rounds; i++)
        {
            try
            {
                var record = StampTarget.Parse(Encoding.Latin1.GetString(mutator.Next())).Record();
                Assert.InRange(record.Length, 5, 20);
                read++;
            }
            catch (StampException e)
            {
                Assert.EndsWith(".", e.Message, StringComparison.Ordinal);
            }
        }

        Assert.InRange(read, rounds / 20, rounds);
    }
}
