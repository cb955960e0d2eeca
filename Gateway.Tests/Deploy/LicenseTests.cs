using Gateway.Lab;
using Xunit;

namespace Gateway.Tests.Deploy;

/// <summary>The licences are beside every published program and in the image.</summary>
public sealed class LicenseTests
{
    [Theory]
    [InlineData("LICENSE")]
    [InlineData("LICENSES/GPL-2.0.txt")]
    public void License_OfTheSources_IsBesideThePrograms(string path) =>
        Assert.Equal(File.ReadAllText(SourceTree.Path(path)), File.ReadAllText(Path.Combine(AppContext.BaseDirectory, path)));

    /// <summary>The image is built from the files that this one lets through.</summary>
    [Theory]
    [InlineData("!LICENSE")]
    [InlineData("!LICENSES")]
    public void Dockerignore_LetsTheLicensesThrough(string line) => Assert.Contains(line, File.ReadAllLines(SourceTree.Path(".dockerignore")));
}
