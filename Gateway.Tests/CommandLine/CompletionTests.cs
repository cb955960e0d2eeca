using Xunit;

namespace Gateway.Tests.CommandLine;

/// <summary>What the shells themselves make of the completion, beside a running gateway.</summary>
[SideBySide]
public sealed class CompletionTests(CommandGateway box) : IClassFixture<CommandGateway>
{
    [Theory]
    [InlineData("bash", "lo", "logs")]
    [InlineData("zsh", "lo", "logs")]
    [InlineData("zsh", "check --j", "--json")]
    [InlineData("bash", "completion b", "bash")]
    [InlineData("bash", "logs --contentRoot ROOT h", "hello")]
    [InlineData("zsh", "wake --contentRoot ROOT h", "hello")]
    [InlineData("bash", "ps --contentRoot", "")]
    public async Task Shell_CompletesTheLine(string shell, string line, string expected)
    {
        line = line.Replace("ROOT", box.Gateway.ContentRoot, StringComparison.Ordinal);
        var script = (await box.RunBareAsync("completion", shell)).ThrowIfFailed();
        var ask = shell == "bash"
            ? $"{script.Output}\nCOMP_WORDS=(Gateway) COMP_LINE='Gateway {line}' COMP_POINT=$((8 + {line.Length}))\n_headstart\necho \"${{COMPREPLY[*]}}\""
            : $"compdef() {{ }}\ncompadd() {{ local word; shift; for word; do if [[ $word == ${{words[CURRENT]}}* ]]; then echo $word; fi; done }}\n{script.Output}\nwords=(Gateway {line}) CURRENT={line.Split(' ').Length + 1}\n_headstart";

        var result = await box.RunInShellAsync(shell, ask);

        Assert.Equal(result.Output, result.AllOutput);
        Assert.Equal(expected, string.Join(' ', result.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task Shell_ThatIsNotKnown_IsRefused()
    {
        var result = await box.RunBareAsync("completion", "fish");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("'fish'", result.AllOutput, StringComparison.Ordinal);
    }
}
