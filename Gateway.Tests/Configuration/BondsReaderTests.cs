using Gateway.Configuration;
using Gateway.Model;
using Xunit;

namespace Gateway.Tests.Configuration;

public sealed class BondsReaderTests
{
    [Fact]
    public void Read_TextsAndObjects_AreTaken()
    {
        var functions = Read("""
            "app": { {0}, "DependsOn": ["Db", { "function": "job", "Condition": "completed" }, { "Function": "mail", "Condition": "Started", "Optional": true }], "Group": "shop", "Excludes": ["gpu"] },
            "db": { {0} }, "job": { {0} }, "mail": { {0} }, "gpu": { {0} }
            """).Functions;

        Assert.Equal(
            [new("Db", DependencyCondition.Healthy, false), new("job", DependencyCondition.Completed, false), new("mail", DependencyCondition.Started, true)],
            functions["app"].DependsOn);
        Assert.Equal(("shop", "gpu"), (functions["app"].Group, Assert.Single(functions["app"].Excludes)));
        Assert.Equal(["job"], functions.Values.Where(function => function.IsJob).Select(function => function.Name));
    }

    [Theory]
    [InlineData("""  "a": { {0}, "DependsOn": ["dd"] }, "db": { {0} } """, "Gateway:Functions:a:DependsOn: 'dd' is no function of Gateway:Functions; did you mean 'db'?")]
    [InlineData("""  "a": { {0}, "Excludes": ["nobody"] } """, "Gateway:Functions:a:Excludes: 'nobody' is no function of Gateway:Functions; add it there, or remove it here.")]
    [InlineData("""  "a": { {0}, "DependsOn": ["A"] } """, "Gateway:Functions:a:DependsOn: names the function itself; name another one.")]
    [InlineData("""  "a": { {0}, "DependsOn": ["b", "B"] }, "b": { {0} } """, "Gateway:Functions:a:DependsOn: 'B' is written twice.")]
    [InlineData("""  "a": { {0}, "DependsOn": [""] } """, "Gateway:Functions:a:DependsOn:0: is empty; write the name of a function, e.g. \"database\".")]
    [InlineData("""  "a": { {0}, "DependsOn": [{ "Optional": true }] } """, "Gateway:Functions:a:DependsOn:0:Function: is missing; write the name of the function that is depended on.")]
    [InlineData("""  "a": { {0}, "DependsOn": ["b"], "Excludes": ["c"] }, "b": { {0}, "DependsOn": ["c"] }, "c": { {0} } """, "Gateway:Functions:a:Excludes: 'c' has to run for a to run, by DependsOn, so it cannot be excluded; remove it from one of the two.")]
    [InlineData("""  "a": { {0}, "DependsOn": [{ "Function": "b", "Condition": "Completed" }] }, "b": { {0}, "Listen": ["http://*:81"] } """, "Gateway:Functions:b:Listen: a waits for the end of this function's program (Condition Completed), so it serves no requests; remove Listen, or wait until it is Healthy.")]
    [InlineData("""  "a": { {0}, "DependsOn": [{ "Function": "b", "Condition": "Completed" }] }, "b": { {0}, "Scale": { "Min": 1 } } """, "Gateway:Functions:b:Scale:Min: a waits for the end of this function's program (Condition Completed), so it cannot be kept running; remove Min, or wait until it is Healthy.")]
    [InlineData("""  "a": { {0}, "DependsOn": [{ "Function": "b", "Condition": "Completed" }] }, "b": { {0} }, "c": { {0}, "DependsOn": ["b"] } """, "Gateway:Functions:c:DependsOn: a waits for the end of b, and c does not; give both the Condition Completed, or neither.")]
    [InlineData("""  "a": { {0}, "DependsOn": ["b"] }, "b": { {0}, "Excludes": ["a"] } """, "Gateway:Functions:b:Excludes: b has to run for 'a' to run, by DependsOn, so it cannot exclude it; remove it from one of the two.")]
    [InlineData("""  "a": { {0}, "DependsOn": ["b", "c"] }, "b": { {0}, "Excludes": ["c"] }, "c": { {0} } """, "Gateway:Functions:a:DependsOn: needs b and c, which exclude each other; remove one of the two.")]
    [InlineData("""  "a": { {0}, "DependsOn": [{ "Function": "b c" }] } """, "Gateway:Functions:a:DependsOn:0:Function: 'b c' is no name that a function can have; use 1 to 63 letters, digits, '.', '_' and '-', a letter or digit first.")]
    [InlineData("""  "a": { {0}, "Group": "the shop" } """, "Gateway:Functions:a:Group: 'the shop' is not the name of a group; use 1 to 63 letters, digits, '.', '_' and '-', a letter or digit first.")]
    [InlineData("""  "a": { {0}, "Split": [{ "Function": "b", "Percent": 60 }, { "Function": "c", "Percent": 50 }] }, "b": { {0} }, "c": { {0} } """, "Gateway:Functions:a:Split: the parts are 110 percent together; write parts of 100 at most, the rest get the function itself.")]
    [InlineData("""  "a": { {0}, "Split": [{ "Function": "b" }] }, "b": { {0} } """, "Gateway:Functions:a:Split:0:Percent: is missing; write the part of the clients that get this version, 1 to 100.")]
    [InlineData("""  "a": { {0}, "Split": [{ "Function": "b", "Percent": 5 }] }, "b": { {0}, "Access": { "Allow": ["10.0.0.0/8"] } } """, "Gateway:Functions:a:Split: b has another Access list, which would not be asked, since its requests come by a; give both the same.")]
    [InlineData("""  "a": { {0}, "Split": [{ "Function": "d", "Percent": 5 }] }, "b": { {0} } """, "Gateway:Functions:a:Split: 'd' is no function of Gateway:Functions; did you mean 'b'?")]
    [InlineData("""  "a": { {0}, "Split": [{ "Function": "b", "Percent": 5 }] }, "b": { {0}, "Split": [{ "Function": "c", "Percent": 5 }] }, "c": { {0} } """, "Gateway:Functions:a:Split: b has a Split of its own, which would not be followed; write all parts here.")]
    public void Read_Mistake_IsToldInOneSentence(string functions, string expected) =>
        Assert.Equal(expected, Assert.Single(Given.Errors(Whole(functions))).ToString());

    [Fact]
    public void Read_Circle_IsToldOnEachOfItsFunctions()
    {
        var errors = Given.Errors(Whole("""
            "a": { {0}, "DependsOn": ["b"] }, "b": { {0}, "DependsOn": ["c"] }, "c": { {0}, "DependsOn": ["a"] }, "d": { {0}, "DependsOn": ["a"] }
            """));

        Assert.Equal(
            [
                "Gateway:Functions:a:DependsOn: the functions depend on each other in a circle (a -> b -> c -> a); remove one of these dependencies.",
                "Gateway:Functions:b:DependsOn: the functions depend on each other in a circle (b -> c -> a -> b); remove one of these dependencies.",
                "Gateway:Functions:c:DependsOn: the functions depend on each other in a circle (c -> a -> b -> c); remove one of these dependencies.",
            ],
            errors.Select(error => error.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Read_NeededByAnother_NeedsNoAddress()
    {
        var warnings = Given.TryRead(Given.Json(Whole("""
            "a": { {0}, "Listen": ["http://*:81"], "DependsOn": ["b"] }, "b": { {0} }, "c": { {0} }
            """))).Warnings;

        Assert.Equal("Gateway:Functions:c", Assert.Single(warnings).Path);
    }

    [Fact]
    public void Read_AJobNoMore_IsAnotherFunction()
    {
        var job = Given.TryRead(Given.Json(Whole(""" "a": { {0}, "DependsOn": [{ "Function": "b", "Condition": "Completed" }] }, "b": { {0} } """)));
        var none = Given.TryRead(Given.Json(Whole(""" "a": { {0} }, "b": { {0} } """)), job.Known);

        Assert.NotEqual(job.Options!.Functions["b"], none.Options!.Functions["b"]);
    }

    private static GatewayOptions Read(string functions) => Given.Read(Given.Json(Whole(functions)));

    private static string Whole(string functions) =>
        $$"""{ "Gateway": { "Functions": { {{functions.Replace("{0}", "\"Runtime\": \"Process\", \"Command\": [\"a\"]", StringComparison.Ordinal)}} } } }""";
}
