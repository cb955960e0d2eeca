using System.Collections.Frozen;
using Gateway.Configuration;
using Gateway.Configuration.Webhooks;
using Gateway.Model;
using Gateway.Runtimes;
using Xunit;

namespace Gateway.Tests.Configuration.Webhooks;

public sealed class WebhookReaderTests
{
    private const string Secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

    [Fact]
    public void Read_EveryKey_IsTaken()
    {
        var hooks = Read($$"""
            { "Url": "https://a.example/x" },
            { "Url": "https://a.example/y", "Name": "chat", "Events": ["ready", "Failure"], "Functions": ["shop*", "a?"], "Secret": "{{Secret}}", "Timeout": "00:00:01.5", "Attempts": 1 }
            """).Webhooks;

        Assert.Equal(new WebhookOptions { Name = "a.example", Url = new("https://a.example/x") }, hooks[0]);
        Assert.Equal(
            new WebhookOptions
            {
                Name = "chat",
                Url = new("https://a.example/y"),
                Events = FrozenSet.Create(FunctionTurn.Ready, FunctionTurn.Failure),
                Functions = ["shop*", "a?"],
                Key = [.. Enumerable.Range(0, 24).Select(static i => (byte)i)],
                Timeout = TimeSpan.FromSeconds(1.5),
                Attempts = 1,
            },
            hooks[1]);
        Assert.NotEqual(hooks[1], hooks[1] with { Key = null });
        Assert.NotEqual(hooks[1], hooks[1] with { Events = FrozenSet.Create(FunctionTurn.Ready) });
    }

    [Theory]
    [InlineData("Ready", "shop-eu", true)]
    [InlineData("Ready", "SHOP", true)]
    [InlineData("Ready", "ab", true)]
    [InlineData("Ready", "abc", false)]
    [InlineData("Wake", "shop", false)]
    public void Wants_ByEventAndName(string turn, string function, bool expected)
    {
        var hook = Read("""{ "Url": "https://a.example/y", "Events": ["Ready"], "Functions": ["shop*", "a?"] }""").Webhooks[0];

        Assert.Equal(expected, hook.Wants(Enum.Parse<FunctionTurn>(turn), function));
    }

    [Theory]
    [InlineData("""{ "Events": ["Wake"] }""", "0:Url", "missing; write the address to which events are posted")]
    [InlineData("""{ "Url": "ftp://a.example/s3cret" }""", "0:Url", "is not an address to which events can be posted")]
    [InlineData("""{ "Url": "/s3cret" }""", "0:Url", "is not an address to which events can be posted")]
    [InlineData("""{ "Url": "https://me:s3cret@a.example" }""", "0:Url", "a user or password in an address is not sent")]
    [InlineData("""{ "Url": "https://a.example", "Events": ["Redy"] }""", "0:Events:0", "'Redy' is not one of Wake, Ready, Rest, Failure; did you mean 'Ready'?")]
    [InlineData("""{ "Url": "https://a.example", "Functions": ["a/b"] }""", "0:Functions:0", "can match no function's name")]
    [InlineData("""{ "Url": "https://a.example", "Secret": "s3cret" }""", "0:Secret", "the secret is not whsec_ and 24 to 64 bytes in base64")]
    [InlineData("""{ "Url": "https://a.example", "Secret": "whsec_AAECAwQFBgcI" }""", "0:Secret", "the secret is not whsec_")]
    [InlineData("""{ "Url": "https://a.example", "Secret": "x", "SecretFile": "y" }""", "0:SecretFile", "there is a Secret too")]
    [InlineData("""{ "Url": "https://a.example", "Attempts": 0 }""", "0:Attempts", "'0' is not a whole number from 1 to 20")]
    [InlineData("""{ "Url": "https://a.example" }, { "Url": "http://A.example/2" }""", "1:Name", "'a.example' is the name of another one too")]
    [InlineData("""{ "Url": "https://a.example", "Secrets": "x" }""", "0:Secrets", "did you mean 'Secret'?")]
    public void Read_Mistake_IsToldWithoutSecrets(string hooks, string path, string sentence)
    {
        var error = Given.Error(Settings(hooks));

        Assert.Equal($"Gateway:Webhooks:{path}", error.Path);
        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SecretFile_IsReadAgainByEachPass()
    {
        using var directory = new TemporaryDirectory();
        File.SetUnixFileMode(directory.Write("hook.secret", $"{Secret}\n"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var configuration = Given.Json(Settings("""{ "Url": "https://a.example", "SecretFile": "hook.secret" }"""));
        ReadResult Read(KnownParts? before) => ConfigurationReader.TryRead(configuration, RuntimeModules.All, before, new Machine(directory.Path));

        var first = Read(null);
        Assert.Equal(24, first.Options!.Webhooks[0].Key!.Length);
        File.WriteAllText(directory.File("hook.secret"), Secret.Replace("AAEC", "BBEC", StringComparison.Ordinal));
        Assert.NotEqual(first.Options, Read(first.Known).Options);
        File.WriteAllText(directory.File("hook.secret"), "s3cret");
        Assert.DoesNotContain("s3cret", Assert.Single(Read(first.Known).Errors).Message, StringComparison.Ordinal);
        File.Delete(directory.File("hook.secret"));
        Assert.Contains("cannot be read: ", Assert.Single(Read(first.Known).Errors).Message, StringComparison.Ordinal);
    }

    private static GatewayOptions Read(string hooks) => Given.Read(Given.Json(Settings(hooks)));

    private static string Settings(string hooks) => $$"""{ "Gateway": { "Webhooks": [ {{hooks}} ], "Functions": { "hello": { "Runtime": "Process", "Command": ["./hello"], "Listen": ["http://*:8081"] } } } }""";
}
