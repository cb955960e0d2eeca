namespace Gateway.Configuration;

/// <summary>Sections by name: objects whose keys are the user's and whose values are objects of known keys.</summary>
internal sealed partial class SectionReader
{
    /// <summary>Each member as a section of its own, by the name that the user gave it.</summary>
    public IEnumerable<(string Name, SectionReader Section)> Sections(string key)
    {
        var path = PathOf(key);
        foreach (var node in Named(key))
        {
            yield return (node.Name, new SectionReader(node, ConfigurationPath.Combine(path, node.Name), node.Source, _context));
        }
    }

    /// <summary>The texts of a list.</summary>
    public string[] Texts(string key) => [.. List(key).Select(item => item.Value)];
}
