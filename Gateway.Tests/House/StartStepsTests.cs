using Xunit;

namespace Gateway.Tests.House;

/// <summary>The order of the start is data, and holds what each step says that it needs.</summary>
public sealed class StartStepsTests
{
    [Fact]
    public void Steps_ComeAfterWhatTheyNeed()
    {
        HashSet<string> done = [];
        foreach (var step in StartSteps.All)
        {
            Assert.Subset(done, step.After.ToHashSet());
            Assert.True(done.Add(step.Done), $"'{step.Done}' stands twice");
        }
    }

    [Fact]
    public void Ready_IsTheLastAndNeedsAllThatServes()
    {
        var byName = StartSteps.All.ToDictionary(step => step.Done, StringComparer.Ordinal);
        HashSet<string> needed = [];
        Collect("ready");

        Assert.Equal("ready", StartSteps.All[^1].Done);
        Assert.Superset(new HashSet<string> { "hooks attached", "listening", "warmed up", "signals live", "changes followed", "functions prepared" }, needed);

        void Collect(string name)
        {
            foreach (var before in byName[name].After.Where(needed.Add))
            {
                Collect(before);
            }
        }
    }
}
