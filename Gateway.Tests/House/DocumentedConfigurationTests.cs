using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.CommandLine;
using Gateway.Tests.Configuration;
using Gateway.Tests.EndToEnd;
using Xunit;

namespace Gateway.Tests.House;

/// <summary>
/// Every block of JSON in the documentation is judged as <c>Gateway check</c> judges a file. A block is a whole configuration, unless an HTML comment
/// in the line above it says otherwise:
/// <list type="bullet">
/// <item><c>fragment</c>: top-level sections, which are added to a configuration with the function hello, its route and two endpoints;</item>
/// <item><c>fragment of Gateway:Functions:hello</c>: the members of that section, or an object in its place, likewise;</item>
/// <item><c>wrong: SENTENCE</c>, also behind <c>fragment; </c>: it is refused with that sentence;</item>
/// <item><c>not a configuration: WHAT</c>: it is something else, and is not judged.</item>
/// </list>
/// </summary>
public sealed class DocumentedConfigurationTests : IDisposable
{
    private const string Fragment = "fragment", Of = " of ", Wrong = "wrong: ", Other = "not a configuration: ";

    private const string Around = """
        {
          "Kestrel": {
            "Certificates": { "Default": { "Path": "cert.pem", "KeyPath": "key.pem" } },
            "Endpoints": { "http": { "Url": "http://*:80" }, "https": { "Url": "https://*:443" } }
          },
          "ReverseProxy": { "Routes": { "hello": { "ClusterId": "hello", "Match": { "Hosts": ["hello.example"] } } } },
          "Gateway": { "Functions": { "hello": { "Runtime": "Docker", "Image": "hello:1" } } }
        }
        """;

    private static readonly JsonDocumentOptions s_asRead = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private readonly TemporaryDirectory _directory = new();

    public static TheoryData<string> Judged => [.. DocumentedBlocks.All.Values.Where(block => !block.Note.StartsWith(Other, StringComparison.Ordinal)).Select(block => block.Place)];

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Judged))]
    public async Task EachConfiguration_IsJudgedAsItsPageSays(string place)
    {
        var block = DocumentedBlocks.All[place];
        var (isFragment, section, sentence) = Read(block.Note);
        var text = isFragment ? Whole(section, block.Text) : block.Text;
        MakeFiles(JsonNode.Parse(text, documentOptions: s_asRead));

        var (code, errors) = await CheckAsync(text);

        if (sentence is null)
        {
            // A warning is about what works, but hardly as it was meant, and that is no example.
            Assert.Equal("", errors);
            Assert.Equal(ExitCodes.Done, code);
        }
        else
        {
            Assert.Contains(sentence, errors, StringComparison.Ordinal);
            Assert.Equal(ExitCodes.CannotStart, code);
        }
    }

    [Fact]
    public void Blocks_AreFound()
    {
        Assert.InRange(DocumentedBlocks.All.Count, 15, int.MaxValue);
        Assert.Contains(DocumentedBlocks.All.Values, block => block.Note.Contains(Wrong, StringComparison.Ordinal));
    }

    [Fact]
    public void NoConfiguration_IsOutsideOfABlock() => Assert.Empty(DocumentedBlocks.Outside());

    // A comment that is none of these is a mistake in the page: it would make a fragment out of a whole configuration, or the other way round.
    private static (bool IsFragment, string Section, string? Sentence) Read(string note)
    {
        var at = note.IndexOf(Wrong, StringComparison.Ordinal);
        var what = at < 0 ? note : note[..at].TrimEnd(' ', ';');
        var sentence = at < 0 ? null : note[(at + Wrong.Length)..];
        return what switch
        {
            "" => (false, "", sentence),
            Fragment => (true, "", sentence),
            _ when what.StartsWith(Fragment + Of, StringComparison.Ordinal) => (true, what[(Fragment + Of).Length..], sentence),
            _ => throw new InvalidDataException($"the comment '{note}' says nothing about the block below it"),
        };
    }

    private static string Whole(string section, string text)
    {
        var members = text.TrimStart().StartsWith('{') ? text : $"{{ {text} }}";
        var part = Enumerable.Reverse(section.Split(':', StringSplitOptions.RemoveEmptyEntries))
            .Aggregate(JsonNode.Parse(members, documentOptions: s_asRead)!.AsObject(), static (inner, name) => new JsonObject { [name] = inner });
        var whole = JsonNode.Parse(Around)!.AsObject();
        if (part["Gateway"]?["Functions"]?["hello"]?["Runtime"] is not null)
        {
            // It has a function hello of its own, which need not be a container.
            whole["Gateway"]!["Functions"]!.AsObject().Remove("hello");
        }

        PolicyEdge.Merge(whole, part);
        return whole.ToJsonString();
    }

    // Certificates, tokens, secrets and pages are loaded when they are judged.
    private void MakeFiles(JsonNode? node)
    {
        if (node is JsonArray items)
        {
            foreach (var item in items)
            {
                MakeFiles(item);
            }
        }
        else if (node is JsonObject members)
        {
            if (members["Path"] is JsonValue certificate && members["KeyPath"] is JsonValue key)
            {
                Certificates.Write(_directory, "documented");
                Copy("documented.pem", certificate.GetValue<string>());
                Copy("documented.key", key.GetValue<string>());
            }

            if (members["TokenFile"] is JsonValue token)
            {
                File.SetUnixFileMode(_directory.Write(token.GetValue<string>(), "0123456789abcdef0123456789abcdef\n"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            if (members["SecretFile"] is JsonValue secret)
            {
                File.SetUnixFileMode(_directory.Write(secret.GetValue<string>(), $"whsec_{new string('A', 32)}\n"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            if (members["Theme"] is JsonValue theme)
            {
                _directory.Write(theme.GetValue<string>(), "<!doctype html><title>{{title}}</title>");
            }

            foreach (var (_, value) in members)
            {
                MakeFiles(value);
            }
        }
    }

    private void Copy(string from, string to)
    {
        Assert.False(Path.IsPathRooted(to), $"{to} is not below the folder of the example");
        Directory.CreateDirectory(Path.GetDirectoryName(_directory.File(to))!);
        File.Copy(_directory.File(from), _directory.File(to), overwrite: true);
    }

    private async Task<(int Code, string Errors)> CheckAsync(string text)
    {
        await using var output = new StringWriter();
        await using var errors = new StringWriter();
        var code = await GatewayCommands.RunAsync(["check", _directory.Write("documented.json", text)], output, errors);
        return (code, errors.ToString());
    }
}
