using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;
using Gateway.Lab;
using LibBpf;
using Xunit;

namespace Gateway.Tests.LibBpf;

/// <summary>The library stands alone: it serves everybody by the same surface and knows nobody.</summary>
public sealed class SurfaceTests
{
    private static readonly Assembly s_library = typeof(BpfObject).Assembly;

    [Fact]
    public void Internals_OfTheLibrary_AreOpenToItsTestsOnly() =>
        Assert.Equal(["Gateway.Tests"], s_library.GetCustomAttributes<InternalsVisibleToAttribute>().Select(friend => friend.AssemblyName));

    [Fact]
    public void References_OfTheLibrary_AreTheRuntimeAndLogging() =>
        Assert.All(s_library.GetReferencedAssemblies(), reference => Assert.Matches(@"^(System\.|Microsoft\.Extensions\.Logging\.Abstractions$|Microsoft\.Win32\.)", reference.Name));

    [Fact]
    public void Sources_OfTheLibrary_HaveNoWordOfTheGateway()
    {
        var sources = Directory.EnumerateFiles(SourceTree.Path("LibBpf"), "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".cs" or ".md" or ".txt" && !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .ToList();
        Assert.NotEmpty(sources);
        Assert.All(sources, file => Assert.DoesNotMatch("(?i)gateway|headstart|yarp", File.ReadAllText(file)));
    }

    // The compiler asks for a comment; what it does not ask for is that the comment says anything.
    [Fact]
    public void Documentation_OfEveryMember_IsSentences()
    {
        var members = XDocument.Load(Path.ChangeExtension(s_library.Location, ".xml")).Descendants("member")
            .Where(member => member.Element("summary") is not null && !((string)member.Attribute("name")!).Contains(".Native.", StringComparison.Ordinal))
            .ToList();
        Assert.InRange(members.Count, 200, 1000);
        Assert.All(members, member => Assert.EndsWith(".", member.Element("summary")!.Value.Trim(), StringComparison.Ordinal));
    }
}
