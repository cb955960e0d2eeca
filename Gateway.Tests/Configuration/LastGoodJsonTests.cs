using System.Runtime.InteropServices;
using Gateway.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.Primitives;
using Xunit;

namespace Gateway.Tests.Configuration;

public sealed partial class LastGoodJsonTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("{\n  \"a\": 1,\n  \"b\": }\n}", "x.json:3", "not valid JSON at column 8")]
    [InlineData("", "x.json:1", "not valid JSON")]
    [InlineData("{ \"a\": 1, \"A\": 2 }", "x.json", "A duplicate key 'A' was found; correct the file.")]
    [InlineData("[]", "x.json", "correct the file.")]
    public void Load_NotJsonAtStart_IsTheUsersErrorWithFileAndLine(string text, string path, string expected)
    {
        _directory.Write("x.json", text);

        var exception = Assert.Throws<ConfigurationException>(() => new ConfigurationBuilder().AddLastGoodJsonFile(_directory.File("x.json")).Build());

        var error = Assert.Single(exception.Errors);
        Assert.Equal(path, error.Path);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("x.json has 1 error:\n  x.json", StartupErrors.Describe(exception), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_MissingAtStart_IsAnErrorUnlessOptional()
    {
        var exception = Assert.Throws<ConfigurationException>(() => new ConfigurationBuilder().AddLastGoodJsonFile(_directory.File("x.json")).Build());
        Assert.Contains("no such file in", Assert.Single(exception.Errors).Message, StringComparison.Ordinal);

        using var root = (ConfigurationRoot)new ConfigurationBuilder().AddLastGoodJsonFile(_directory.File("x.json"), optional: true).Build();
        Assert.Empty(root.AsEnumerable());
    }

    [Fact]
    public async Task Change_GoodBadGoneGood_KeepsTheLastGood()
    {
        _directory.Write("x.json", """{ "a": 1 }""");
        using var provider = new LastGoodJsonProvider(_directory.File("x.json"), optional: true);
        provider.Load();

        await ChangeAsync(provider, () => _directory.Write("x.json", """{ "a": 2 }"""), () => ValueOf(provider) == "2");
        await ChangeAsync(provider, () => _directory.Write("x.json", """{ "a": """), () => provider.Unreadable is not null);
        Assert.Equal(("2", "x.json:1"), (ValueOf(provider), provider.Unreadable?.Path));

        await ChangeAsync(provider, () => File.Delete(_directory.File("x.json")), () => provider.Unreadable?.Message == "the file is gone; put it back.");
        Assert.Equal("2", ValueOf(provider));

        // As editors save: beside it, then over it.
        _directory.Write("x.json~", """{ "a": 3 }""");
        await ChangeAsync(provider, () => File.Move(_directory.File("x.json~"), _directory.File("x.json")), () => ValueOf(provider) == "3");
        Assert.Null(provider.Unreadable);
    }

    [Fact]
    public async Task Change_OptionalFileAppears_IsRead()
    {
        using var provider = new LastGoodJsonProvider(_directory.File("x.json"), optional: true);
        provider.Load();

        await ChangeAsync(provider, () => _directory.Write("x.json", """{ "a": 1 }"""), () => ValueOf(provider) == "1");
    }

    // A ConfigMap in a Kubernetes volume: x.json -> ..data/x.json, ..data -> a directory that is replaced.
    [Fact]
    public async Task Change_OfALinkBesideTheFile_IsSeen()
    {
        var one = Directory.CreateDirectory(_directory.File("..1")).FullName;
        var two = Directory.CreateDirectory(_directory.File("..2")).FullName;
        await File.WriteAllTextAsync(Path.Combine(one, "x.json"), """{ "a": 1 }""", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(two, "x.json"), """{ "a": 2 }""", TestContext.Current.CancellationToken);
        Directory.CreateSymbolicLink(_directory.File("..data"), "..1");
        File.CreateSymbolicLink(_directory.File("x.json"), "..data/x.json");
        using var provider = new LastGoodJsonProvider(_directory.File("x.json"), optional: false);
        provider.Load();
        Assert.Equal("1", ValueOf(provider));

        Directory.CreateSymbolicLink(_directory.File("..data_tmp"), "..2");
        await ChangeAsync(provider, () => Assert.Equal(0, rename(_directory.File("..data_tmp"), _directory.File("..data"))), () => ValueOf(provider) == "2");
    }

    [Fact]
    public void Load_Again_DoesNotThrow()
    {
        _directory.Write("x.json", """{ "a": 1 }""");
        using var root = (ConfigurationRoot)new ConfigurationBuilder().AddLastGoodJsonFile(_directory.File("x.json")).Build();
        _directory.Write("x.json", "{");

        root.Reload();

        Assert.Equal("1", root["a"]);
    }

    [Fact]
    public void KeepLastGood_WebApplication_ReplacesItsFiles()
    {
        _directory.Write("appsettings.json", """{ "a": 1 }""");
        var builder = GatewayConfiguration.CreateBuilder(["--contentRoot", _directory.Path]);
        var before = builder.Configuration.Sources.OfType<JsonConfigurationSource>().Count();

        builder.Configuration.KeepLastGood();

        Assert.Empty(builder.Configuration.Sources.OfType<JsonConfigurationSource>());
        Assert.Equal(before, builder.Configuration.Sources.OfType<LastGoodJsonSource>().Count());
        Assert.Equal("1", builder.Configuration["a"]);
        ((IDisposable)builder.Configuration).Dispose();
    }

    [Fact]
    public void CreateBuilder_NotJson_IsTheUsersErrorWithFileAndLine()
    {
        _directory.Write("appsettings.json", "{\n\"Gateway\": \n}");

        var exception = Assert.Throws<ConfigurationException>(() => GatewayConfiguration.CreateBuilder(["--contentRoot", _directory.Path]));

        var error = Assert.Single(exception.Errors);
        Assert.Equal(("appsettings.json:3", "appsettings.json"), (error.Path, error.Source));
    }

    private static string? ValueOf(LastGoodJsonProvider provider) => provider.TryGet("a", out var value) ? value : null;

    /// <summary>Waits for the provider's token until what is expected has come; one write may be several changes.</summary>
    private static async Task ChangeAsync(LastGoodJsonProvider provider, Action change, Func<bool> expected)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var subscription = ChangeToken.OnChange(provider.GetReloadToken, () =>
        {
            if (expected())
            {
                done.TrySetResult();
            }
        });
        change();
        await done.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    // stdio.h. File.Move follows a link to a directory and then refuses; the kubelet renames the link itself.
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rename(string from, string to);
}
