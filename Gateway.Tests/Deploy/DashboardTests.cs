using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gateway.Lab;
using Gateway.Lab.Networking;
using Gateway.Lab.Processes;
using Gateway.Tests.EndToEnd;
using Xunit;

namespace Gateway.Tests.Deploy;

/// <summary>The dashboard of deploy/grafana/, whose every query a real Prometheus answers from a gateway that it scrapes.</summary>
[SideBySide]
public sealed partial class DashboardTests
{
    private const int PrometheusPort = 9091;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly JsonElement s_dashboard = JsonDocument.Parse(File.ReadAllBytes(SourceTree.Path("deploy", "grafana", "dashboards", "headstart.json"))).RootElement;

    [Fact]
    public async Task Queries_OnAPrometheusThatScrapesABusyGateway_AreNoneEmpty()
    {
        using var directory = LabDirectory.Create("dashboard");
        await using var edge = await BusyAsync();
        await using var prometheus = await ScrapeAsync(edge, directory);
        using var client = edge.Network.Server.CreateHttpClient();

        // A rate needs two scrapes of a series with something between them.
        var empty = Queries().ToHashSet(StringComparer.Ordinal);
        Assert.NotEmpty(empty);
        for (var began = TimeProvider.System.GetTimestamp(); empty.Count > 0;)
        {
            await UseAsync(edge);
            foreach (var query in empty.ToArray())
            {
                if (await HasResultAsync(client, query))
                {
                    empty.Remove(query);
                }
            }

            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, $"These have no result:\n{string.Join('\n', empty)}");
        }
    }

    [Fact]
    public void Queries_EachOfTheirSeries_IsOfTheChosenJob() => Assert.All(
        s_dashboard.GetProperty("panels").EnumerateArray().Where(panel => panel.TryGetProperty("targets", out _))
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray()).Select(target => target.GetProperty("expr").GetString()!),
        query =>
        {
            var series = SeriesPattern().Matches(query);
            Assert.NotEmpty(series);
            Assert.All(series, one => Assert.StartsWith("{job=\"$job\"", query[(one.Index + one.Length)..], StringComparison.Ordinal));
        });

    [Fact]
    public void Panels_AreWithinTheGridAndDoNotOverlap()
    {
        var panels = s_dashboard.GetProperty("panels").EnumerateArray().ToArray();
        var cells = new Dictionary<(int X, int Y), string>();
        foreach (var panel in panels)
        {
            var (title, grid) = (panel.GetProperty("title").GetString()!, panel.GetProperty("gridPos"));
            var (x, y, w, h) = (grid.GetProperty("x").GetInt32(), grid.GetProperty("y").GetInt32(), grid.GetProperty("w").GetInt32(), grid.GetProperty("h").GetInt32());
            Assert.True(x >= 0 && w > 0 && h > 0 && x + w <= 24, $"{title} is outside of Grafana's 24 columns");
            foreach (var cell in from column in Enumerable.Range(x, w) from line in Enumerable.Range(y, h) select (column, line))
            {
                Assert.True(cells.TryAdd(cell, title), $"{title} covers {cells.GetValueOrDefault(cell)}");
            }
        }

        Assert.Equal(panels.Length, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        Assert.All(panels, panel => Assert.Contains(panel.GetProperty("type").GetString(), (string[])["row", "stat", "timeseries", "table"]));
    }

    [GeneratedRegex("(gateway|process|dotnet)_[a-z_]+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SeriesPattern();

    private static IEnumerable<string> Queries() => s_dashboard.GetProperty("panels").EnumerateArray()
        .Where(panel => panel.TryGetProperty("targets", out _))
        .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
        .Select(target => target.GetProperty("expr").GetString()!
            .Replace("$function", ".*", StringComparison.Ordinal).Replace("$job", "headstart", StringComparison.Ordinal).Replace("$__rate_interval", "30s", StringComparison.Ordinal));

    private static async Task<Edge> BusyAsync()
    {
        var hello = await Edge.HelloAsync("Syn", bootMilliseconds: 10, idle: TimeSpan.FromMilliseconds(100));
        hello["Idle"]!["Tier"] = "Stopped";
        var failing = (JsonObject)hello.DeepClone();
        failing["Environment"] = new JsonObject { ["FAIL"] = "3" };
        failing["Listen"] = new JsonArray("http://*:8082");
        var auto = (JsonObject)hello.DeepClone();
        auto["Idle"]!["Tier"] = "Auto";
        auto["Listen"] = new JsonArray("http://*:8083");
        return await Edge.StartAsync(TimeSpan.FromMilliseconds(5), _ => new JsonObject { ["hello"] = hello, ["failing"] = failing, ["auto"] = auto });
    }

    /// <summary>Cold starts that are served, one that fails, and a request that its function does not answer.</summary>
    private static async Task UseAsync(Edge edge)
    {
        (await edge.GetAsync()).ThrowIfFailed();
        await edge.GetAsync("/crash", arguments: ["--request", "POST"]);
        await edge.GetAsync(port: Edge.HttpPort);
        await edge.GetAsync(port: 8082);
        await edge.GetAsync(port: 8083);
        await edge.SleepAsync();
    }

    private static async Task<LabProcess> ScrapeAsync(Edge edge, LabDirectory directory)
    {
        await File.WriteAllTextAsync(directory.File("prometheus.yml"), (await File.ReadAllTextAsync(SourceTree.Path("deploy", "prometheus", "prometheus.yml")))
            .Replace("scrape_interval: 5s", "scrape_interval: 500ms", StringComparison.Ordinal)
            .Replace("- alerts.yml", $"- {SourceTree.Path("deploy", "prometheus", "alerts.yml")}", StringComparison.Ordinal));
        var prometheus = LabProcess.Start(new LabProcessOptions
        {
            FileName = "prometheus",
            Arguments = [$"--config.file={directory.File("prometheus.yml")}", $"--storage.tsdb.path={directory.File("data")}", string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{PrometheusPort}")],
            Namespace = edge.Network.Server,
        });
        await prometheus.WaitForLineAsync(line => line.Contains("Server is ready to receive web requests", StringComparison.Ordinal), Patience);
        return prometheus;
    }

    private static async Task<bool> HasResultAsync(HttpClient client, string query)
    {
        using var response = await client.GetAsync(new Uri($"http://127.0.0.1:{PrometheusPort}/api/v1/query?query={Uri.EscapeDataString(query)}"));
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{query}: {answer.RootElement}");
        return answer.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().Any(series => series.GetProperty("value")[1].GetString() is not "NaN");
    }
}
