using Gateway.Lab;
using Xunit;

namespace Gateway.Tests.Deploy;

/// <summary>Whoever gets a program of this repository gets the licences too: beside a published one, and in the image.</summary>
public sealed class LicenseTests
{
    [Theory]
    [InlineData("LICENSE")]
    [InlineData("LICENSES/GPL-2.0.txt")]
    public void License_OfTheSources_IsBesideThePrograms(string path) =>
        Assert.Equal(File.ReadAllText(SourceTree.Path(path)), File.ReadAllText(Path.Combine(AppContext.BaseDirectory, path)));

    /// <summary>The image is built from what this file lets through.</summary>
    [Theory]
    [InlineData("!LICENSE")]
    [InlineData("!LICENSES")]
    public void Dockerignore_LetsTheLicensesThrough(string line) => Assert.Contains(line, File.ReadAllLines(SourceTree.Path(".dockerignore")));
}
