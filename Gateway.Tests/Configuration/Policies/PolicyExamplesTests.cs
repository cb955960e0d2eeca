using System.Text.Json.Nodes;
using Gateway.Configuration;
using Gateway.Tests.EndToEnd;
using Xunit;

namespace Gateway.Tests.Configuration.Policies;

public sealed class PolicyExamplesTests
{
    [Fact]
    public void EachExampleOfTheDocumentation_IsRead()
    {
        var examples = PolicyEdge.Examples().ToArray();

        Assert.True(examples.Length >= 7, "docs/policies.md has lost its examples");
        Assert.All(examples, example =>
        {
            var whole = JsonNode.Parse("""
                { "Kestrel": { "Endpoints": { "p": { "Url": "http://*:8080" }, "s": { "Url": "https://*:8443" } } },
                  "Gateway": { "Functions": { "hello": { "Runtime": "Process", "Command": ["./hello"], "Listen": ["http://*:8081"] } } } }
                """)!.AsObject();
            PolicyEdge.Merge(whole, example);
            Assert.Empty(Given.TryRead(Given.Json(whole.ToJsonString())).Errors);
        });
    }
}
