using Gateway.Signals.Direct.Bridged;
using Xunit;

namespace Gateway.Tests.Signals.Direct.Bridged;

/// <summary>Rulesets are written as <c>nft -j list ruleset</c> writes them.</summary>
public sealed class PacketFiltersTests
{
    private const string Drop = """{ "drop": null }""", Accept = """{ "accept": null }""", Dnat = """{ "match": { "op": "in", "left": { "ct": { "key": "status" } }, "right": "dnat" } }""";

    [Fact]
    public void Rules_ThatThereAreNone_DropNothing()
    {
        var filters = new PacketFilters("""{ "nftables": [ { "metainfo": { "json_schema_version": 1 } } ] }""");
        Assert.Null(filters.DropsForwarded());
        Assert.Null(filters.JudgesClients());
        Assert.False(filters.HasUserChain);
    }

    [Fact]
    public void Docker_DropsWhatItDoesNotKnow_ButAsksTheUsersChainFirst()
    {
        var filters = Filters(Chain("FORWARD", "forward", "drop"), Rule("FORWARD", Jump("DOCKER-USER")), Rule("FORWARD", Drop));
        Assert.True(filters.HasUserChain);
        Assert.Null(filters.DropsForwarded());
    }

    [Fact]
    public void Rule_BeforeTheUsersChain_ThatDrops_IsInTheWay() =>
        Assert.Equal("the firewall (table ip filter, chain FORWARD) may drop what this machine forwards", Filters(Chain("FORWARD", "forward", "drop"), Rule("FORWARD", Drop), Rule("FORWARD", Jump("DOCKER-USER"))).DropsForwarded());

    [Fact]
    public void Policy_ThatDrops_IsInTheWay() => Assert.NotNull(Filters(Chain("FORWARD", "forward", "drop")).DropsForwarded());

    [Fact]
    public void Chain_ThatRejectsInTheEnd_AndAcceptsWhatIsRewritten_LetsItThrough()
    {
        // So does firewalld.
        Assert.Null(Filters(Chain("filter_FORWARD", "forward", "accept"), Rule("filter_FORWARD", Dnat, Accept), Rule("filter_FORWARD", """{ "reject": null }""")).DropsForwarded());
        Assert.NotNull(Filters(Chain("filter_FORWARD", "forward", "accept"), Rule("filter_FORWARD", """{ "reject": null }"""), Rule("filter_FORWARD", Dnat, Accept)).DropsForwarded());
    }

    [Fact]
    public void Chain_ThatIsJumpedTo_IsFollowed_AlsoInACircle()
    {
        Assert.NotNull(Filters(Chain("FORWARD", "forward", "accept"), Rule("FORWARD", Jump("inner")), Rule("inner", Jump("inner")), Rule("inner", Drop)).DropsForwarded());
        Assert.Null(Filters(Chain("FORWARD", "forward", "accept"), Rule("FORWARD", Jump("inner")), Rule("inner", Jump("inner"))).DropsForwarded());
    }

    [Theory]
    [InlineData("""{ "xt": { "type": "target", "name": "REJECT" } }""", true)]
    [InlineData("""{ "xt": null }""", true)]
    [InlineData("""{ "xt": { "type": "match", "name": "conntrack" } }""", false)]
    [InlineData("""{ "match": { "op": "in", "left": { "ct": { "key": "state" } }, "right": "invalid" } }, { "drop": null }""", false)]
    public void Rule_IsInTheWay_IfItMayDropSomethingElseThanWhatIsInvalid(string expression, bool drops) =>
        Assert.Equal(drops, Filters(Chain("FORWARD", "forward", "accept"), Rule("FORWARD", expression)).DropsForwarded() is not null);

    [Fact]
    public void Input_ThatIsFiltered_IsTold_AndIsNotInTheWayOfWhatIsForwarded()
    {
        var filters = Filters(Chain("INPUT", "input", "drop"));
        Assert.Equal("the firewall (table ip filter, chain INPUT) judges who may connect to this machine, and would not be asked", filters.JudgesClients());
        Assert.Null(filters.DropsForwarded());
    }

    private static PacketFilters Filters(params string[] items) => new($$"""{ "nftables": [ {{string.Join(", ", items)}} ] }""");

    private static string Chain(string name, string hook, string policy) =>
        $$"""{ "chain": { "family": "ip", "table": "filter", "name": "{{name}}", "type": "filter", "hook": "{{hook}}", "prio": 0, "policy": "{{policy}}" } }""";

    private static string Rule(string chain, params string[] statements) =>
        $$"""{ "rule": { "family": "ip", "table": "filter", "chain": "{{chain}}", "expr": [ {{string.Join(", ", statements)}} ] } }""";

    private static string Jump(string target) => $$"""{ "jump": { "target": "{{target}}" } }""";
}
