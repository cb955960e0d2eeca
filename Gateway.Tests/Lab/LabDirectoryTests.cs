using Gateway.Lab;
using Xunit;

namespace Gateway.Tests.Lab;

public sealed class LabDirectoryTests
{
    [Fact]
    public void Create_OwnerIsGone_RemovesItsDirectory()
    {
        using var mine = LabDirectory.Create("test");
        var root = Path.GetDirectoryName(mine.Path)!;

        // No pid is above 4194304 (PID_MAX_LIMIT, linux/threads.h); and process 1 did not start at tick 0.
        string[] abandoned = [Path.Combine(root, "test-4194305-1-a"), Path.Combine(root, "test-1-x-a")];
        Array.ForEach(abandoned, path => File.WriteAllText(Path.Combine(Directory.CreateDirectory(path).FullName, "file"), "x"));

        using var next = LabDirectory.Create("test");

        Assert.All(abandoned, path => Assert.False(Directory.Exists(path), path));
        Assert.True(Directory.Exists(mine.Path));
    }

    [Fact]
    public void Dispose_WithFiles_RemovesIt()
    {
        var directory = LabDirectory.Create("test");
        File.WriteAllText(directory.File("file"), "x");

        directory.Dispose();

        Assert.False(Directory.Exists(directory.Path));
    }
}
