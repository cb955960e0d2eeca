using System.Net;
using Gateway.Configuration;
using Gateway.Lab.Networking;
using Gateway.Lab.Processes;
using Gateway.Readiness;
using Gateway.Signals.Direct.Bridged;
using Xunit;

namespace Gateway.Tests.Signals.Direct.Bridged;

public sealed class BridgeScriptTests
{
    private static readonly BridgedProgram Program = new(new IPEndPoint(IPAddress.Parse("172.17.0.2"), 8080), "docker0");

    [Theory]
    [InlineData("headstart-127.0.0.1-9090", "headstart-127.0.0.1-9090")]
    [InlineData("shop", "headstart_shop")]
    public void Name_IsTheGatewaysOwn(string gateway, string table) => Assert.Equal(table, BridgeScript.NameOf(gateway));

    [Fact]
    public void Names_ThatDifferInWhatATableCannotHave_Differ() => Assert.NotEqual(BridgeScript.NameOf("a b"), BridgeScript.NameOf("a_b"));

    [Fact]
    public async Task Script_IsTakenByNft_AndTakenBack()
    {
        using var space = NetworkNamespace.Create();
        var name = BridgeScript.NameOf("a \"quoted\" name");
        var programs = new Dictionary<ListenAddress, BridgedProgram>
        {
            [new("tcp", null, 7101)] = Program,
            [new("tcp", IPAddress.Parse("10.0.0.1"), 7101)] = Program,
            [new("tcp", IPAddress.Any, 7102)] = Program,
        };
        BridgeContent full = new(programs, [new("http", IPAddress.Parse("10.0.0.9"), 7101)]), empty = new(new Dictionary<ListenAddress, BridgedProgram>(), []);

        await NftAsync(space, BridgeScript.Make(name, full));
        var rules = (await space.ExecuteAsync("nft", "list", "ruleset")).ThrowIfFailed().Output;
        Assert.All((string[])["7101 : 172.17.0.2 . 8080", "7102 : 172.17.0.2 . 8080", "10.0.0.1 . 7101 : 172.17.0.2 . 8080", "10.0.0.9 . 7101", "docker0"], part => Assert.Contains(part, rules, StringComparison.Ordinal));

        await NftAsync(space, BridgeScript.Fill(name, empty));
        Assert.DoesNotContain("172.17.0.2", (await space.ExecuteAsync("nft", "list", "ruleset")).ThrowIfFailed().Output, StringComparison.Ordinal);
        await NftAsync(space, BridgeScript.Remove(name));
        Assert.Equal("", (await space.ExecuteAsync("nft", "list", "ruleset")).ThrowIfFailed().Output);
    }

    private static async Task NftAsync(NetworkNamespace space, string script) =>
        (await Command.ExecuteAsync(new LabProcessOptions { FileName = "nft", Arguments = ["-f", "-"], Namespace = space }, script)).ThrowIfFailed();
}
