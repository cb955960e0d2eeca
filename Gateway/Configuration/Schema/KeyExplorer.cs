using System.Collections.Immutable;

namespace Gateway.Configuration.Schema;

/// <summary>
/// Finds out which keys the readers know, by asking them. It lets them read small configurations (probes) and sees what they ask for. A key that is asked
/// for gets a text, an object or a list in a next probe, as far as its form is not known yet, until nothing new is asked. So a key that a reader learns
/// is found without being written anywhere else.
/// </summary>
/// <param name="read">Has all readers read a configuration, and returns what they asked for.</param>
internal sealed class KeyExplorer(Func<ConfigurationNode, KeyLog> read)
{
    /// <summary>The name that entries of maps have in probes, and the unknown key of objects.</summary>
    public const string Any = "any";

    private const string First = "0";
    private const string SomeText = "x";

    /// <summary>Finds out what a section at the top of a configuration may have.</summary>
    public SectionShape Explore(string section) => Section(section, [], mayVary: true);

    /// <param name="path">The full path of the section.</param>
    /// <param name="given">What each probe has besides.</param>
    /// <param name="mayVary">Whether a word may decide which keys there are.</param>
    private SectionShape Section(string path, ImmutableArray<Setting> given, bool mayVary)
    {
        var found = Ask(path, given.Add(new(Combine(path, Any), SomeText)));
        var forms = new OrderedDictionary<string, Alternatives>(StringComparer.OrdinalIgnoreCase);
        // A probe for one key may show others, which come behind it.
        while (found.Keys.FirstOrDefault(key => key != Any && !forms.ContainsKey(key)) is { } next)
        {
            forms.Add(next, FormsOf(path, next, given, found));
        }

        if (Discriminator(path, given, forms, found) is { } choice && mayVary)
        {
            return new SectionShape([], found)
            {
                Discriminator = choice.Key,
                Variants = [.. choice.Words.Select(word => (word, Section(path, given.Add(new(Combine(path, choice.Key), word)), mayVary: false)))],
            };
        }

        return new SectionShape([.. forms.Select(pair => (pair.Key, Shape(Combine(path, pair.Key), pair.Value, given)))], found);
    }

    /// <summary>Puts values of the kinds that are in question at a key. What else the section is asked for then is added to <paramref name="found"/>.</summary>
    private Alternatives FormsOf(string path, string key, ImmutableArray<Setting> given, SectionLog found)
    {
        var forms = new Alternatives().With(found.Forms(key));
        if (!forms.IsOpen)
        {
            return forms;
        }

        var place = Combine(path, key);
        var known = forms with { Scalar = null, IsOpen = false };
        known = known with { Scalar = Probe(place, SomeText).Scalar };
        known = known with { Object = Probe(Combine(place, Any), SomeText).Object ?? known.Object };
        known = known with { List = Probe(Combine(place, First), SomeText).List ?? known.List };
        return known;

        Alternatives Probe(string at, string text)
        {
            var seen = Ask(path, given.Add(new(at, text)));
            found.Add(seen);
            return new Alternatives().With(seen.Forms(key));
        }
    }

    /// <summary>Finds the key whose words differ in what else the section is asked for. What it is asked for with one of them is added to <paramref name="found"/>.</summary>
    private (string Key, IReadOnlyList<string> Words)? Discriminator(
        string path, ImmutableArray<Setting> given, IEnumerable<KeyValuePair<string, Alternatives>> forms, SectionLog found)
    {
        foreach (var (key, form) in forms)
        {
            if (form.Scalar is not WordForm { Words: var words })
            {
                continue;
            }

            SectionLog[] logs = [.. words.Select(word => Ask(path, given.Add(new(Combine(path, key), word))))];
            var asked = logs.Select(log => log.Keys.ToHashSet(StringComparer.OrdinalIgnoreCase)).ToArray();
            if (!Array.TrueForAll(asked, asked[0].SetEquals))
            {
                return (key, words);
            }

            Array.ForEach(logs, found.Add);
        }

        return null;
    }

    private KeyShape Shape(string place, Alternatives forms, ImmutableArray<Setting> given) => new()
    {
        Scalar = forms.Scalar,
        Section = forms.Object is SectionForm ? Section(place, given, mayVary: true) : null,
        Entry = forms.Object switch
        {
            NamedForm => Entry(place, given),
            TextsByNameForm => new KeyShape { Scalar = new TextForm(null) },
            _ => null,
        },
        EntryNames = forms.Object switch
        {
            NamedForm { Names: var names } => names,
            TextsByNameForm { Names: var names } => names,
            _ => null,
        },
        Item = forms.List is { } list ? Item(place, list, given) : null,
    };

    /// <summary>Finds out what an entry of a map is: a section, or a key that is read by the map's own section.</summary>
    private KeyShape Entry(string place, ImmutableArray<Setting> given)
    {
        var entry = Combine(place, Any);
        var log = read(Tree(given.Add(new(Combine(entry, Any), SomeText))));
        return log.Sections.ContainsKey(entry)
            ? new KeyShape { Section = Section(entry, given, mayVary: true) }
            : Shape(entry, FormsOf(place, Any, given, log.Of(place)), given);
    }

    private KeyShape Item(string place, ListForm list, ImmutableArray<Setting> given) => new()
    {
        Scalar = list.Text,
        Section = list.HasObjects ? Section(Combine(place, First), given, mayVary: true) : null,
    };

    private SectionLog Ask(string path, ImmutableArray<Setting> settings) => read(Tree(settings)).Of(path);

    private static ConfigurationNode Tree(ImmutableArray<Setting> settings)
    {
        var root = new ConfigurationNode("", ConfigurationError.AnySource);
        foreach (var (path, value) in settings)
        {
            root.Set(path, value, ConfigurationError.AnySource);
        }

        return root;
    }

    private static string Combine(string path, string key) => ConfigurationPath.Combine(path, key);

    /// <summary>A key of a probe, and its value.</summary>
    private readonly record struct Setting(string Path, string Value);

    /// <summary>The forms in which a value may come.</summary>
    private sealed record Alternatives
    {
        public KeyForm? Scalar { get; init; }

        public KeyForm? Object { get; init; }

        public ListForm? List { get; init; }

        /// <summary>Whether the reader may take a value of another kind than those that it was seen asking for.</summary>
        public bool IsOpen { get; init; }

        /// <summary>Adds the ways in which a key was asked for in one pass, which hold together: the one that says most of a value counts.</summary>
        public Alternatives With(IReadOnlyList<KeyForm> forms) => this with
        {
            // A format is written for the key. A word beside it is one of several things that the text may be.
            Scalar = forms.FirstOrDefault(form => form is TextForm { Format: not null })
                ?? forms.FirstOrDefault(form => form is FlagForm or IntegerForm or NumberForm or TimeForm or WordForm)
                ?? forms.FirstOrDefault(form => form is TextForm),
            Object = forms.FirstOrDefault(form => form is NamedForm or TextsByNameForm) ?? forms.FirstOrDefault(form => form is SectionForm),
            List = forms.OfType<ListForm>().FirstOrDefault(),
            IsOpen = forms.All(form => form is PresenceForm or TextForm) || forms.Any(form => form is PresenceForm { MayBeText: true }),
        };
    }
}
