using Gateway.Configuration;
using Gateway.Runtimes.Process;
using Gateway.Tests.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Tests.Runtimes.Processes;

/// <summary>What tells one build of a program from another: its file, wherever it is found.</summary>
public sealed class BuildTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ProcessRuntime _runtime;

    public BuildTests() => _runtime = new ProcessRuntime(cgroupRoot: null, _directory.Path, TimeProvider.System, NullLogger.Instance);

    public void Dispose()
    {
        _runtime.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("./hello")]
    [InlineData("hello")]
    [InlineData("./link")]
    public async Task Build_ProgramReplaced_IsAnother(string command)
    {
        Write("#!/bin/sh\necho one\n", TimeSpan.Zero);
        File.CreateSymbolicLink(_directory.File("link"), "hello");
        var first = await BuildAsync(command);
        Assert.NotEmpty(first);
        Assert.Equal(first, await BuildAsync(command));

        Write("#!/bin/sh\necho two\n", TimeSpan.FromSeconds(1));

        Assert.NotEqual(first, await BuildAsync(command));
    }

    [Fact]
    public async Task Build_NoSuchProgram_IsNotTold() => Assert.Empty(await BuildAsync("./missing"));

    private async Task<string> BuildAsync(string command)
    {
        var options = new FunctionOptions
        {
            Name = "hello",
            Run = new ProcessRunOptions
            {
                Command = [command],
                Environment = new Dictionary<string, string> { ["PATH"] = $"/nowhere:{_directory.Path}" },
            },
        };
        await using var instance = await _runtime.CreateAsync(options, default);
        return instance.Build;
    }

    private void Write(string script, TimeSpan later)
    {
        var path = _directory.File("hello");
        File.WriteAllText(path, script);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch + later);
    }
}
