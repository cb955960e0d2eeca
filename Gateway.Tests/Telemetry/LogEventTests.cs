using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Gateway.Ebpf.Hooks;
using Gateway.Lab;
using LibBpf;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Tests.Telemetry;

/// <summary>Operators find events by their ids and names, so each stands for one message, and docs/operating.md lists all of them.</summary>
public sealed partial class LogEventTests
{
    /// <summary>A number of a sentence that is as large is an id; a smaller one may be anything, for example a status.</summary>
    private const int LongIds = 1000;

    private static readonly LogEvent[] Gateway = Of(typeof(GatewayHost).Assembly);

    /// <summary>Libraries with their own loggers, which distinguish their ids.</summary>
    private static readonly LogEvent[] Ebpf = [.. Of(typeof(BpfObject).Assembly), .. Of(typeof(KernelHooks).Assembly)];

    [Fact]
    public void EachEvent_HasAnIdOfItsOwn()
    {
        Assert.True(Gateway.Length > 50, "the events of the gateway are not found");
        Assert.NotEmpty(Ebpf);
        Assert.Empty(Twice(Gateway, one => $"{one.Id}"));
        Assert.Empty(Twice(Ebpf, one => $"{one.Id}"));
    }

    [Fact]
    public void EachEvent_HasANameOfItsOwn()
    {
        Assert.All(Gateway.Concat(Ebpf), one => Assert.False(string.IsNullOrEmpty(one.Name), $"{one.Method} ({one.Id}) has no EventName"));
        Assert.Empty(Twice(Gateway.Concat(Ebpf), one => one.Name!));
    }

    [Fact]
    public void EachEvent_IsInTheTableOfTheDocumentation()
    {
        var told = Table().SelectMany(row => Numbers(FirstCell(row))).ToHashSet();

        Assert.Empty(Gateway.Concat(Ebpf).Where(one => !told.Contains(one.Id)).Select(one => $"{one.Method} ({one.Id})"));
    }

    [Fact]
    public void EachEventOfTheDocumentation_Exists()
    {
        var known = Gateway.Concat(Ebpf).Select(one => one.Id).ToHashSet();
        string[] pages = [SourceTree.Path("README.md"), .. Directory.EnumerateFiles(SourceTree.Path("docs"), "*.md")];
        var inText = pages.SelectMany(page => Mention().Matches(File.ReadAllText(page)).SelectMany(match => Numbers(match.Value)).Select(id => (Page: Path.GetFileName(page), Id: id)));
        var inTable = Table().SelectMany(row => Numbers(FirstCell(row)).Concat(Numbers(row).Where(id => id >= LongIds))).Select(id => (Page: "operating.md, the table of events", Id: id));
        var mentioned = inText.Concat(inTable).ToArray();

        Assert.True(mentioned.Length > known.Count, "the documentation's events are not found");
        Assert.All(mentioned, mention => Assert.True(known.Contains(mention.Id), $"{mention.Page}: there is no event {mention.Id}"));
    }

    private static LogEvent[] Of(Assembly assembly) =>
    [
        .. from type in assembly.GetTypes()
           from method in type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
           let message = method.GetCustomAttribute<LoggerMessageAttribute>()
           where message is not null
           select new LogEvent(message.EventId, message.EventName, $"{type.Name}.{method.Name}"),
    ];

    private static IEnumerable<string> Twice(IEnumerable<LogEvent> events, Func<LogEvent, string> by) =>
        events.GroupBy(by, StringComparer.Ordinal).Where(group => group.Count() > 1).Select(group => $"{group.Key}: {string.Join(", ", group.Select(one => one.Method))}");

    // The rows of the table of events: ids in the first cell, and among the words of the second.
    private static string[] Table() =>
        [.. File.ReadLines(SourceTree.Path("docs", "operating.md")).SkipWhile(line => line != "| id | |").Skip(2).TakeWhile(line => line.StartsWith('|'))];

    private static string FirstCell(string row) => row.Split('|')[1];

    // "1005 and 4011", "3110-3112": every number of a range counts.
    private static IEnumerable<int> Numbers(string text) => Range().Matches(text).SelectMany(static match =>
    {
        var first = int.Parse(match.Groups["first"].ValueSpan, CultureInfo.InvariantCulture);
        var last = match.Groups["last"] is { Success: true } end ? int.Parse(end.ValueSpan, CultureInfo.InvariantCulture) : first;
        return Enumerable.Range(first, last - first + 1);
    });

    [GeneratedRegex(@"\bevents?\s+\d+((-|, | and | to | or )\d+)*", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Mention();

    [GeneratedRegex(@"(?<first>\d+)((-| to )(?<last>\d+))?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Range();

    private sealed record LogEvent(int Id, string? Name, string Method);
}
