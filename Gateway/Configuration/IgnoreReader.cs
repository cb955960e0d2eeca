using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Gateway.Configuration.Schema;

namespace Gateway.Configuration;

/// <summary>Reads <c>Idle:Ignore</c> and <c>Idle:IgnoreAnswer</c>.</summary>
internal static class IgnoreReader
{
    private const int MaxPath = 1024;
    private const int MaxAgent = 256;
    private const int MaxType = 256;
    private static readonly string[] s_methods = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];
    private static readonly string[] s_members = ["Path", "UserAgent", "Method", "Source", "Preset"];
    private static readonly TextFormat s_path = new($"^[/*][^?#]{{0,{MaxPath - 1}}}$", "/healthz", "/status/*");
    private static readonly TextFormat s_agent = new($"^.{{1,{MaxAgent}}}$", "*UptimeRobot*");

    /// <summary>Reads both keys.</summary>
    /// <param name="idle">The function's <c>Idle</c> section.</param>
    /// <returns>Returns null if there are no entries.</returns>
    public static IgnoreOptions? Read(SectionReader idle)
    {
        var entries = idle.Objects("Ignore");
        if (entries.Count > IgnoreOptions.MaxRules)
        {
            idle.Error("Ignore", string.Create(CultureInfo.InvariantCulture, $"there are {entries.Count} entries, and {IgnoreOptions.MaxRules} are the most; join some by wildcards."));
        }

        IgnoreRule[] rules = [.. entries.Take(IgnoreOptions.MaxRules).Select(Rule)];
        var answer = Answer(idle.Section("IgnoreAnswer"));
        if (rules.Length == 0 && idle.HasContent("IgnoreAnswer"))
        {
            idle.Error("IgnoreAnswer", "nothing is ignored, so nobody gets it; add Ignore, or remove IgnoreAnswer.");
        }

        return rules.Length == 0 ? null : new IgnoreOptions { Rules = rules, Answer = answer };
    }

    private static IgnoreRule Rule(SectionReader entry)
    {
        var rule = new IgnoreRule
        {
            Path = Path(entry),
            UserAgent = Agent(entry),
            Method = entry.Word("Method", s_methods),
            Source = Source(entry),
            Preset = entry.Word<IgnorePreset>("Preset"),
        };
        if (!entry.HasNeededContent(s_members) && entry.Node is not ({ HasChildren: true } or { Value.Length: > 0 }))
        {
            entry.Error($"it would ignore every request; name at least one of {string.Join(", ", s_members)}.");
        }

        entry.End();
        return rule;
    }

    private static Wildcard? Path(SectionReader entry)
    {
        if (entry.Text("Path", s_path) is not { } path)
        {
            return null;
        }

        if (path.Length is 0 or > MaxPath || path[0] is not ('/' or '*') || path.AsSpan().ContainsAny('?', '#'))
        {
            entry.Error("Path", string.Create(CultureInfo.InvariantCulture, $"{ReadContext.Quote(path)} is not a path; start it with '/', leave the query out, and write '*' for any characters, {MaxPath} characters at most."));
            return null;
        }

        return new Wildcard(path, StringComparison.Ordinal);
    }

    private static Wildcard? Agent(SectionReader entry)
    {
        if (entry.Text("UserAgent", s_agent) is not { } agent)
        {
            return null;
        }

        if (agent.Length is 0 or > MaxAgent)
        {
            entry.Error("UserAgent", string.Create(CultureInfo.InvariantCulture, $"it has {agent.Length} characters; write 1 to {MaxAgent}, with '*' for any others, e.g. \"*UptimeRobot*\"."));
            return null;
        }

        return new Wildcard(agent, StringComparison.OrdinalIgnoreCase);
    }

    private static IPNetwork? Source(SectionReader entry)
    {
        if (entry.Text("Source", SourceNetworks.Written) is not { } text)
        {
            return null;
        }

        if (SourceNetworks.TryParse(text, out var network, out var error))
        {
            return network;
        }

        entry.Error("Source", error);
        return null;
    }

    private static IgnoreAnswer Answer(SectionReader section)
    {
        var defaults = new IgnoreAnswer();
        var answer = new IgnoreAnswer
        {
            Status = section.Integer("Status", 200, 599) ?? defaults.Status,
            Body = section.Text("Body") ?? defaults.Body,
            ContentType = section.Text("ContentType") ?? defaults.ContentType,
        };
        if (answer.Body.Length > IgnoreAnswer.MaxBody)
        {
            section.Error("Body", string.Create(CultureInfo.InvariantCulture, $"it has {answer.Body.Length} characters, and {IgnoreAnswer.MaxBody} are the most."));
        }
        else if (answer is { Body.Length: > 0, Status: 204 or 205 or 304 })
        {
            section.Error("Body", string.Create(CultureInfo.InvariantCulture, $"an answer of status {answer.Status} has none (RFC 9110, section 6.4.1); remove Body, or write another Status."));
        }

        if (answer.ContentType.Length > MaxType || !MediaTypeHeaderValue.TryParse(answer.ContentType, out _))
        {
            section.Error("ContentType", $"{ReadContext.Quote(answer.ContentType)} is not a media type; write e.g. \"application/json\".");
        }
        else if (answer.Body.Length == 0 && section.Has("ContentType"))
        {
            section.Error("ContentType", "there is no Body of that type; add Body, or remove ContentType.");
        }

        section.End();
        return answer;
    }
}
