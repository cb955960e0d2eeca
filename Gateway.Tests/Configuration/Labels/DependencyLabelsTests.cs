using Gateway.Configuration;
using Gateway.Configuration.Labels;
using Xunit;

namespace Gateway.Tests.Configuration.Labels;

/// <summary>What of labels becomes a function's <c>DependsOn</c>.</summary>
public sealed class DependencyLabelsTests
{
    [Theory]
    [InlineData("headstart.dependson", "db:healthy, migrate:completed,cache", "db healthy, migrate completed, cache ")]
    [InlineData("com.docker.compose.depends_on", "db:service_healthy:false,migrate:service_completed_successfully:false,cache:service_started:true", "shop-db Healthy, shop-migrate Completed, shop-cache Started")]
    [InlineData("com.docker.compose.depends_on", "other:service_healthy:false,db:service_unheard_of:false", "shop-db ")]
    [InlineData("com.docker.compose.depends_on", "", "")]
    [InlineData("headstart.hosts", "a.example", "")]
    public void Write_OfLabels_NamesFunctionsAndConditions(string label, string value, string expected)
    {
        var (function, labels) = (new ConfigurationNode("shop", "x"), new Dictionary<string, string> { ["headstart.enable"] = "true", [label] = value });

        var container = new LabelledContainer("Docker", "shop_web_1", labels, [80]);
        DependencyLabels.Write(container, function, DependencyLabels.Of(container, service => service is "db" or "migrate" or "cache" ? $"shop-{service}" : null));

        var written = (function.Find("DependsOn")?.Children ?? []).Select(one => $"{one.Find("Function")!.Value} {one.Find("Condition")?.Value}");
        Assert.Equal(expected, string.Join(", ", written));
    }
}
