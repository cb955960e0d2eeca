using System.Text;
using Gateway.Configuration;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

/// <summary>Held against ASP.NET Core's own JSON provider.</summary>
public sealed class JsonTreeTests
{
    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "a": 1, "b": "text", "c": true, "d": false, "e": null, "f": 1.50, "g": 1e3 }""")]
    [InlineData("""{ "a": {}, "b": [], "c": { "d": { "e": {} } }, "f": [[], {}, [1]] }""")]
    [InlineData("""{ "a": { "b": 1 }, "A": { "c": 2 } }""")]
    [InlineData("""{ "a:b": 1, "a": { "c": 2 } }""")]
    [InlineData("""{ "a": 1, "a:b": 2 }""")]
    [InlineData("{ // a comment\n \"a\": [1, 2,], /* another */ \"b\": { \"c\": 3, }, }")]
    [InlineData("""{ "l": [0,1,2,3,4,5,6,7,8,9,10,11] }""")]
    public void Parse_AnyJson_SaysWhatTheFrameworkSays(string json)
    {
        var framework = new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build();
        var tree = JsonTree.Parse(Encoding.UTF8.GetBytes(json), "x.json");

        Assert.Equal(framework.AsEnumerable().OrderBy(pair => pair.Key, StringComparer.Ordinal), Pairs(tree, "").OrderBy(pair => pair.Key, StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("""{ "a": 1, "A": 2 }""")]
    [InlineData("""{ "a": { "b": 1 }, "a:b": 2 }""")]
    [InlineData("[]")]
    [InlineData("1")]
    public void Parse_WhatTheFrameworkRefuses_IsRefused(string json)
    {
        Assert.ThrowsAny<FormatException>(() => new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build());
        Assert.ThrowsAny<FormatException>(() => JsonTree.Parse(Encoding.UTF8.GetBytes(json), "x.json"));
    }

    [Fact]
    public void Merge_ThenWrite_LeavesTheSharedTreeAsItWas()
    {
        var file = JsonTree.Parse("""{ "a": { "b": "1", "c": "2" } }"""u8.ToArray(), "x.json");
        var root = new ConfigurationNode("", "");
        root.Merge(file);
        root.Set("a:b", "other", "The environment");
        root.Set("a:d", "new", "The environment");

        Assert.Equal(("other", "2", "new"), (root.Find("a:b".AsSpan())?.Value, root.Find("a:c".AsSpan())?.Value, root.Find("a:d".AsSpan())?.Value));
        Assert.Equal(("1", "2", null), (file.Find("a:b".AsSpan())?.Value, file.Find("a:c".AsSpan())?.Value, file.Find("a:d".AsSpan())?.Value));
    }

    private static IEnumerable<KeyValuePair<string, string?>> Pairs(ConfigurationNode node, string path) =>
        node.Children.SelectMany(child =>
        {
            var key = path.Length == 0 ? child.Name : $"{path}:{child.Name}";
            return Pairs(child, key).Prepend(new(key, child.Value));
        });
}
