using Gateway.Configuration.Schema;

namespace Gateway.Configuration;

/// <summary>The part that reads objects whose keys are names that the user chooses and whose values are sections.</summary>
internal sealed partial class SectionReader
{
    /// <summary>Returns each member as a section of its own, with the name that the user gave it.</summary>
    public IEnumerable<(string Name, SectionReader Section)> Sections(string key, TextFormat? names = null)
    {
        var path = PathOf(key);
        foreach (var node in Named(key, names))
        {
            yield return (node.Name, new SectionReader(node, ConfigurationPath.Combine(path, node.Name), node.Source, _context));
        }
    }

    /// <summary>Returns the texts of a list.</summary>
    public string[] Texts(string key) => [.. List(key).Select(item => item.Value)];
}
