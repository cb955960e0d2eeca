using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

public sealed class VetoReaderTests
{
    [Fact]
    public void Read_EachKind_IsTakenWithItsTimes()
    {
        var vetoes = Given.Function(Given.Process("""
            "Idle": { "Veto": [
                { "Path": "/busy?deep=1", "Timeout": "00:00:00.5" }, { "File": "/run/backup.lock", "Every": "01:00:00" }, { "Cpu": 0.2 }, { "Command": ["/usr/bin/test", "-e", "/x y"] } ] }
            """)).Idle.Vetoes;

        Assert.Equal(
            [
                new VetoOptions { Path = "/busy?deep=1", Timeout = TimeSpan.FromSeconds(0.5) },
                new VetoOptions { File = "/run/backup.lock", Every = TimeSpan.FromHours(1) },
                new VetoOptions { Cpu = 0.2 },
                new VetoOptions { Command = new(["/usr/bin/test", "-e", "/x y"]) },
            ],
            vetoes);
        Assert.Equal(["Path /busy?deep=1", "File /run/backup.lock", "Cpu 0.2", "Command /usr/bin/test -e /x y"], vetoes.Select(veto => veto.Name));
    }

    [Theory]
    [InlineData("{ }", "", "it asks nothing; name one of Path, File, Cpu, Command.")]
    [InlineData("""{ "Path": "/a", "Cpu": 1 }""", "", "Path and Cpu are questions of their own; make an entry of each.")]
    [InlineData("""{ "Path": "busy" }""", ":Path", "'busy' is not a path; start it with '/' and percent-encode all but printable ASCII.")]
    [InlineData("""{ "File": "backup.lock" }""", ":File", "'backup.lock' is not a whole path; start it with '/', e.g. \"/run/backup.lock\".")]
    [InlineData("""{ "Cpu": 0 }""", ":Cpu", "'0' is not a number from 0.001 to 1024.")]
    [InlineData("""{ "Cpu": 1, "Timeout": "00:00:01" }""", ":Timeout", "the processor time of an instance is measured, and nobody has to answer; remove Timeout.")]
    [InlineData("""{ "Command": [""] }""", ":Command", "it names no program; write a list, the program first, e.g. [\"/usr/bin/test\", \"-e\", \"/run/busy\"].")]
    [InlineData("""{ "Command": "test -e /run/busy" }""", ":Command", "expected a list [ ... ], found 'test -e /run/busy'.")]
    [InlineData("""{ "File": "/x", "Every": "00:00:00" }""", ":Every", "'00:00:00' is not a time from 00:00:01 to 1.00:00:00; write hours:minutes:seconds, e.g. \"00:00:30\".")]
    [InlineData("\"/busy\"", "", "expected an object { ... }, found '/busy'.")]
    public void Read_Mistake_SaysWhereAndWhat(string entry, string where, string what)
    {
        var error = Given.Error(Given.Process($$"""
            "Idle": { "Veto": [{{entry}}] }
            """));

        Assert.Equal(($"Gateway:Functions:hello:Idle:Veto:0{where}", what), (error.Path, error.Message));
    }

    [Fact]
    public void Read_TooMany_IsRefused() => Assert.Equal(
        "there are 17 entries, and 16 are the most.",
        Given.Error(Given.Process($$"""
            "Idle": { "Veto": [{{string.Join(',', Enumerable.Repeat("""{ "Cpu": 1 }""", 17))}}] }
            """)).Message);
}
