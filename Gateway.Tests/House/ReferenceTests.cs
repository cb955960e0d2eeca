using System.Text.Json.Nodes;
using Gateway.Configuration;
using Gateway.Lab.Reference;
using Gateway.Tests.Configuration;
using Xunit;

namespace Gateway.Tests.House;

/// <summary>
/// docs/reference.md has each key that the readers ask for, and it is what they say. <see cref="ReferencePage.WriteAsync"/> has <c>check --json</c> judge each example, which
/// it refuses to write if there is anything to say to it, and each mistake, which has to be told at its key with one sentence.
/// </summary>
public sealed class ReferenceTests
{
    private const int FewestKeys = 130, FewestDefaults = 50;

    [Fact]
    public async Task Committed_IsWhatTheGatewaySays()
    {
        var rows = ReferencePage.Rows();

        var page = await ReferencePage.WriteAsync(rows);

        Assert.InRange(rows.Count, FewestKeys, int.MaxValue);
        Assert.True(page == await File.ReadAllTextAsync(ReferencePage.Path, TestContext.Current.CancellationToken), $"docs/reference.md is not what the gateway says; write it again: {ReferencePage.Command}");
    }

    [Fact]
    public void EachDefault_ThatIsAValue_IsWhatHoldsIfTheKeyIsLeftOut()
    {
        var defaults = ReferencePage.Rows().Where(row => row.Default is not null).ToArray();

        Assert.InRange(defaults.Length, FewestDefaults, int.MaxValue);
        Assert.All(defaults, row =>
        {
            var (without, written) = row.Default!.Value;
            Assert.True(Read(without) == Read(written), $"{row.WholePath}: {row.DefaultValue} is not what holds if it is left out");
        });
    }

    private static GatewayOptions Read(JsonObject configuration) => Given.Read(Given.Json(configuration.ToJsonString()));
}
