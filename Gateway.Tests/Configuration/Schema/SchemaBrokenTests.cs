using Xunit;

namespace Gateway.Tests.Configuration.Schema;

/// <summary>Broken configurations: <c>check --json</c> tells every mistake of a file at once, each with its path, and the schema refuses what a schema can say.</summary>
public sealed class SchemaBrokenTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(BrokenConfigurations.ForBoth), MemberType = typeof(BrokenConfigurations))]
    public async Task Broken_IsRefusedByCheckAndByTheSchema(string json, string paths)
    {
        Assert.Equal(Lines(paths), await CheckAsync(json));
        Assert.NotEmpty((await PrintedSchema.GetAsync()).Judge(json));
    }

    [Theory]
    [MemberData(nameof(BrokenConfigurations.ForCheckAlone), MemberType = typeof(BrokenConfigurations))]
    public async Task Broken_AsOnlyCheckCanFind_IsTakenByTheSchema(string json, string paths, string why)
    {
        Assert.Equal(Lines(paths), await CheckAsync(json));
        // Should the schema learn it, the row belongs to the others.
        Assert.True((await PrintedSchema.GetAsync()).Judge(json) is [], why);
    }

    [Theory]
    [MemberData(nameof(BrokenConfigurations.Good), MemberType = typeof(BrokenConfigurations))]
    public async Task Good_IsTakenByBoth(string json)
    {
        Assert.Empty(await CheckAsync(json));
        Assert.Empty((await PrintedSchema.GetAsync()).Judge(json));
    }

    [Fact]
    public void Lists_HaveEnoughOfAllKinds()
    {
        Assert.InRange(BrokenConfigurations.ForBoth.Count, 40, int.MaxValue);
        Assert.InRange(BrokenConfigurations.ForCheckAlone.Count, 15, int.MaxValue);
    }

    private async Task<IEnumerable<string>> CheckAsync(string json)
    {
        var errors = await PrintedSchema.CheckAsync(_directory.Write("x.json", json));
        return errors.Select(error => error.Path).Order(StringComparer.Ordinal);
    }

    private static IEnumerable<string> Lines(string paths) => paths.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(path => path.Replace('~', ' ')).Order(StringComparer.Ordinal);
}
