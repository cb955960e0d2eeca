using Gateway.Configuration.Labels;
using Gateway.Runtimes.Engines.Discovery;
using Gateway.Runtimes.Engines.Existing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Tests.Runtimes.Engines.Discovery;

/// <summary>Which containers count as functions while people make and remove them.</summary>
public sealed class ContainerRosterTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ContainerRoster _roster;

    public ContainerRosterTests() => _roster = new ContainerRoster(_time);

    [Fact]
    public void Update_OfContainers_KeepsTheOrderInWhichNamesCame()
    {
        Assert.Equal(["a", "b"], Update(("2", "b", 20), ("1", "a", 10)));

        // It was made anew, and is younger than the other one now.
        Assert.Equal(["a", "b", "c"], Update(("3", "a", 30), ("2", "b", 20), ("4", "c", 5)));
    }

    [Fact]
    public void Update_WithoutAContainer_KeepsItForAWhile()
    {
        Update(("1", "a", 10), ("2", "b", 20));

        Assert.Equal(["a", "b"], Update(("2", "b", 20)));
        Assert.Equal(ExistingContainer.Returns, _roster.NextEnd);
        _time.Advance(ExistingContainer.Returns / 2);
        Assert.Equal(["a", "b"], Update(("2", "b", 20)));
        Assert.Equal(ExistingContainer.Returns / 2, _roster.NextEnd);
        _time.Advance(ExistingContainer.Returns / 2);
        Assert.Equal(["b"], Update(("2", "b", 20)));
        Assert.Null(_roster.NextEnd);
    }

    [Fact]
    public void Update_WithTheContainerAgain_ForgetsThatItWasGone()
    {
        Update(("1", "a", 10));
        Update();
        _time.Advance(ExistingContainer.Returns - TimeSpan.FromSeconds(1));

        Assert.Equal(["a"], Update(("2", "a", 20)));

        Assert.Null(_roster.NextEnd);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["a"], Update(("2", "a", 20)));
    }

    // docker-compose 1.x renames the old container, Docker's compose 2.x gives the new one a name for the time being.
    [Theory]
    [InlineData("old: 0123456789ab_shop_web_1, new: shop_web_1", "new")]
    [InlineData("old: shop_web_1, new: 0123456789ab_shop_web_1", "old")]
    [InlineData("new: 0123456789ab_shop_web_1", "new")]
    public void Update_WhileComposeMakesAContainerAnew_HasItOnceByItsLastingName(string containers, string expected)
    {
        var found = containers.Split(", ").Select(static (one, i) => one.Split(": ") is [var version, var name]
            ? new FoundContainer($"{i}", DateTime.UnixEpoch.AddSeconds(i), Container(name, ("com.docker.compose.service", "web"), ("version", version)))
            : throw new ArgumentException(one));

        var only = Assert.Single(_roster.Update([.. found]));

        Assert.Equal(("shop_web_1", expected), (only.Name, only.Labels["version"]));
    }

    [Fact]
    public void Update_OfAContainerThatComposeHasNotMade_LeavesItsName() =>
        Assert.Equal(["0123456789ab_box"], Update(("1", "0123456789ab_box", 1)));

    private IEnumerable<string> Update(params (string Id, string Name, int Created)[] found) => _roster
        .Update([.. found.Select(one => new FoundContainer(one.Id, DateTime.UnixEpoch.AddSeconds(one.Created), Container(one.Name)))])
        .Select(container => container.Name);

    private static LabelledContainer Container(string name, params (string Label, string Value)[] labels) =>
        new("Docker", name, labels.ToDictionary(pair => pair.Label, pair => pair.Value), [80]);
}
