using System.Text;
using System.Text.Json;
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
        var tree = JsonTree.Parse(Encoding.UTF8.GetBytes(json), "x.json").Root;

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

    [Theory]
    [InlineData("EFBBBF", "utf-8")]
    [InlineData("FFFE", "utf-16")]
    [InlineData("FEFF", "utf-16BE")]
    public void Parse_AByteOrderMark_IsUnderstood(string mark, string encoding)
    {
        byte[] content = [.. Convert.FromHexString(mark), .. Encoding.GetEncoding(encoding).GetBytes("""{ "a": "ä" }""")];
        Assert.Equal("ä", JsonTree.Parse(content, "x.json").Root.Find("a")?.Value);
    }

    [Fact]
    public void Parse_NotUtf8_IsReadAsTheFrameworkDoes()
    {
        byte[] content = [.. "{ \"a\": \"x"u8, 0xE4, .. "y\" }"u8];
        Assert.Equal("x\uFFFDy", JsonTree.Parse(content, "x.json").Root.Find("a")?.Value);
    }

    // Whoever mends a broken file wants to hear of the break first: what follows it may be read wrongly.
    [Theory]
    [InlineData("""{ "a": 1, "A": 2, """)]
    [InlineData("""{ "a": 1, "A": 2 } }""")]
    [InlineData("[1, ")]
    [InlineData("[] {}")]
    public void Parse_NotJsonAndMore_TellsThatItIsNotJson(string json) =>
        Assert.ThrowsAny<JsonException>(() => JsonTree.Parse(Encoding.UTF8.GetBytes(json), "x.json"));

    [Theory]
    [InlineData("""{ "g": { "f": { "a": { "x": 1 }, "b": { "x": 2 } } } }""", """{ "g": { "f": { "b": { "x": 2 }, "a": { "x": 3 } } } }""")]
    [InlineData("""{ "g": { "f": { "a": { "x": 1 } } } }""", """{ "g": { "f": { "a": { "x": 1 }, "A": { "y": 2 }, "a": { "z": 3 } } } }""")]
    [InlineData("""{ "g": { "f": { "a": { "x": 1 } } } }""", """{ "g": { "f": { "a": { "x": 1 } }, "f:a": { "y": 2 } }, "G": { "F": { "A": { "z": {} } } } }""")]
    [InlineData("""{ "g": { "f": { "a:b": { "x": 1 } } } }""", """{ "g": { "f": { "a:b": { "x": 1 } } } }""")]
    [InlineData("""{ "g": { "f": { "a": { "x": 1 } }, "r": { "a": { "x": 2 } } } }""", """{ "g": { "f": { "a": { "x": 2 } }, "r": { "a": { "x": 1 } } } }""")]
    [InlineData("""{ "g": { "f": { "a": { }, "b": [ ] } } }""", """{ "g": { "f": { "a": { }, "b": { }, "c": [ ] } } }""")]
    [InlineData("""{ "g": { "f": { "a": { "x": 1 } } } }""", """{ "g": 1 }""")]
    public void Parse_AfterAnother_SaysWhatTheFileSays(string before, string json)
    {
        var first = JsonTree.Parse(Encoding.UTF8.GetBytes(before), "x.json");
        var second = JsonTree.Parse(Encoding.UTF8.GetBytes(json), "x.json", first);

        Assert.Equal(Pairs(JsonTree.Parse(Encoding.UTF8.GetBytes(json), "x.json").Root, ""), Pairs(second.Root, ""));
        Assert.Equal(Pairs(JsonTree.Parse(Encoding.UTF8.GetBytes(before), "x.json").Root, ""), Pairs(first.Root, ""));
    }

    [Fact]
    public void Parse_AfterAnother_TakesOverWhatSaysTheSame()
    {
        var first = JsonTree.Parse("""{ "g": { "f": { "same": { "x": 1 }, "other": { "x": 1 }, "spaced": { "x": 1 }, "case": { "x": 1 } } } }"""u8.ToArray(), "x.json");
        var second = JsonTree.Parse("""{ "g": { "f": { "case": { "X": 1 }, "spaced": {"x":1}, "other": { "x": 2 }, "same": { "x": 1 } } } }"""u8.ToArray(), "x.json", first);
        var elsewhere = JsonTree.Parse("""{ "g": { "f": { "same": { "x": 1 } } } }"""u8.ToArray(), "y.json", first);

        Assert.Equal((true, true, false, false), (IsTaken("same"), IsTaken("spaced"), IsTaken("other"), IsTaken("case")));
        Assert.Equal("y.json", elsewhere.Root.Find("g:f:same:x".AsSpan())?.Source);

        bool IsTaken(string name) => ReferenceEquals(first.Root.Find($"g:f:{name}".AsSpan()), second.Root.Find($"g:f:{name}".AsSpan()));
    }

    [Fact]
    public void Merge_ThenWrite_LeavesTheSharedTreeAsItWas()
    {
        var file = JsonTree.Parse("""{ "a": { "b": "1", "c": "2" } }"""u8.ToArray(), "x.json").Root;
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
