using Gateway.Stamp;
using Xunit;

namespace Gateway.Tests.Stamp;

public sealed class StampArgumentsTests
{
    [Fact]
    public void Parse_SeveralTargetsAndACommand_ReadsAll()
    {
        var parsed = StampArguments.Parse(["--to", "203.0.113.7:443=hello", "--to=[2001:db8::7]:8443=a=b:c", "--to", "*:80=x", "--verbose", "--", "curl", "--to", "x"]);

        Assert.Equal(["203.0.113.7", "2001:db8::7", "*"], parsed.Targets.Select(target => target.Address?.ToString() ?? "*"));
        Assert.Equal([443, 8443, 80], parsed.Targets.Select(target => target.Port));
        Assert.Equal(["hello", "a=b:c", "x"], parsed.Targets.Select(target => target.Id));
        Assert.Equal(["curl", "--to", "x"], parsed.Command);
        Assert.True(parsed.Verbose);
    }

    [Fact]
    public void Parse_NoDashesBeforeTheCommand_ReadsIt() =>
        Assert.Equal(["curl", "-v"], StampArguments.Parse(["--to", "*:443=hello", "curl", "-v"]).Command);

    [Fact]
    public void Parse_Help_NeedsNothingElse() => Assert.True(StampArguments.Parse(["--help"]).Help);

    [Theory]
    [InlineData("nothing to stamp", "--", "curl")]
    [InlineData("no command", "--to", "*:443=hello")]
    [InlineData("no command", "--to", "*:443=hello", "--")]
    [InlineData("--to needs", "--to")]
    [InlineData("'--form' is not known", "--form", "x")]
    [InlineData("are one address", "--to", "*:443=a", "--to", "*:443=b", "curl")]
    [InlineData("one address", "--to", "192.0.2.1:443=a", "--to", "[::ffff:192.0.2.1]:443=b", "curl")]
    [InlineData("is not ADDRESS:PORT=ID", "--to", "hello", "curl")]
    [InlineData("is not ADDRESS:PORT=ID", "--to", "192.0.2.1=hello", "curl")]
    [InlineData("is not an IP address", "--to", "hello.example:443=hello", "curl")]
    [InlineData("is not an IP address", "--to", "2001:db8::7:443=hello", "curl")]
    [InlineData("is not an IP address", "--to", "1:443=hello", "curl")]
    [InlineData("is not an IP address", "--to", "0.0.0.0:443=hello", "curl")]
    [InlineData("is not an IP address", "--to", ":443=hello", "curl")]
    [InlineData("is not a port", "--to", "192.0.2.1:0=hello", "curl")]
    [InlineData("is not a port", "--to", "192.0.2.1:65536=hello", "curl")]
    [InlineData("is not a port", "--to", "192.0.2.1:+443=hello", "curl")]
    [InlineData("does not fit into a SYN", "--to", "192.0.2.1:443=", "curl")]
    [InlineData("does not fit into a SYN", "--to", "192.0.2.1:443=seventeen-letters", "curl")]
    [InlineData("does not fit into a SYN", "--to", "192.0.2.1:443=h\u00e9", "curl")]
    public void Parse_AMistake_SaysInOneSentence(string says, params string[] arguments)
    {
        var e = Assert.Throws<StampException>(() => StampArguments.Parse(arguments));
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
        Assert.Equal(125, e.ExitCode);
        Assert.EndsWith(".", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Record_Id_IsTheOptionOnTheWire()
    {
        var record = StampTarget.Parse("*:443=hello").Record();
        ReadOnlySpan<byte> option = record.Option;
        Assert.Equal([253, 9, 0x48, 0x53, .. "hello"u8], option[..9].ToArray());
        Assert.Equal(new byte[11], option[9..].ToArray());
    }
}
