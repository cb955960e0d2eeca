using Gateway.Configuration;
using Gateway.Model;
using Gateway.Runtimes;

namespace Gateway.Tests.Runtimes.Dummy;

/// <summary><c>"Runtime": "Dummy"</c>: functions that say a word, inside of this process. All that a runtime has to be is in this folder.</summary>
internal sealed class DummyModule : IRuntimeModule
{
    public static readonly IReadOnlyList<Tier> ItsTiers = [Tier.Stopped, Tier.Initialized, Tier.Running];

    public string Name => DummyRunOptions.RuntimeName;

    public IReadOnlyList<Tier> Tiers => ItsTiers;

    /// <summary>The runtime that the gateway has made.</summary>
    public DummyRuntime? Made { get; private set; }

    public RunOptions Read(SectionReader function)
    {
        var word = function.Text("Word");
        if (!function.Has("Word"))
        {
            function.Error("no Word; a Dummy function needs a word to say, e.g. \"Word\": \"hello\".");
        }
        else if (word is not null && !word.All(char.IsAsciiLetter))
        {
            function.Error("Word", $"{ReadContext.Quote(word)} is not a word; use letters.");
        }

        return new DummyRunOptions { Word = word ?? "" };
    }

    public RuntimeSettings ReadSettings(SectionReader gateway, ConfigurationNode root, bool isUsed)
    {
        var section = gateway.Section(Name);
        var settings = new DummySettings { Mark = section.Text("Mark") ?? "." };
        section.End();
        return settings;
    }

    public IRuntime Create(RuntimeContext context) => Made = new DummyRuntime((DummySettings)context.Settings!);
}
