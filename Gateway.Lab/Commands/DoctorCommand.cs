using System.Diagnostics;
using Gateway.Lab.Clients;
using Gateway.Lab.Engines;
using Gateway.Lab.Hosts;
using Gateway.Lab.Linking;
using Gateway.Lab.Networking;

namespace Gateway.Lab.Commands;

/// <summary>Tries each part of the lab on this machine and says, one line each, whether it works.</summary>
internal static class DoctorCommand
{
    private static readonly (string Name, Func<Task<string>> Try)[] s_checks =
    [
        ("network namespaces", NamespacesAsync),
        ("child processes", ProcessesAsync),
        ("delayed link", LinkAsync),
        ("curl", CurlAsync),
        ("sample function", SampleAsync),
        ("docker", DockerAsync),
    ];

    /// <returns>0 when all of it works, else 1.</returns>
    public static async Task<int> RunAsync()
    {
        var failures = 0;
        foreach (var (name, check) in s_checks)
        {
            var (works, detail) = await TryAsync(check);
            failures += works ? 0 : 1;
            Console.WriteLine($"{(works ? "ok  " : "FAIL")}  {name,-20} {detail}");
        }

        return failures == 0 ? 0 : 1;
    }

    private static async Task<(bool Works, string Detail)> TryAsync(Func<Task<string>> check)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            var detail = await check();
            return (true, $"{detail} ({Stopwatch.GetElapsedTime(started).TotalMilliseconds:F0} ms)");
        }
        catch (Exception exception)
        {
            return (false, exception.Message);
        }
    }

    private static Task<string> NamespacesAsync()
    {
        using var space = NetworkNamespace.Create();
        return Task.FromResult("made one, with lo up");
    }

    private static async Task<string> ProcessesAsync()
    {
        using var space = NetworkNamespace.Create();
        (await space.ExecuteAsync("ip", "-o", "link")).ThrowIfFailed();
        return "setpriv, nsenter and ip run";
    }

    private static async Task<string> LinkAsync()
    {
        await using var lab = await LabNetwork.CreateAsync(TimeSpan.FromMilliseconds(20));
        var times = await RoundTrip.MeasureAsync(lab.Link, samples: 21);
        var late = (await lab.Link.GetStatisticsAsync()).IsUndisturbed ? "no frame late" : "frames late: this machine or its host is busy";
        return $"20 ms round trip: fastest {times[0].TotalMilliseconds:F2}, median {times[10].TotalMilliseconds:F2}, slowest {times[^1].TotalMilliseconds:F2}; {late}";
    }

    private static async Task<string> CurlAsync()
    {
        // A closed port: what counts is that curl runs and reports in the form that is understood.
        var result = await Curl.GetAsync(new CurlOptions { Url = "http://127.0.0.1:1/" });
        return $"runs and reports (exit code {result.ExitCode} from a closed port)";
    }

    private static async Task<string> SampleAsync()
    {
        using var space = NetworkNamespace.Create();
        await using var hello = await HelloSample.StartAsync(space);
        using var client = space.CreateHttpClient();
        return $"answers '{(await client.GetStringAsync("http://127.0.0.1:8080/")).Trim()}'";
    }

    private static async Task<string> DockerAsync()
    {
        await using var engine = await DockerEngine.StartAsync();
        await engine.ImportImageAsync("hello:1", new Dictionary<string, string> { ["/hello"] = await HelloSample.BuildAsync() }, ["/hello"]);
        await engine.DockerAsync("run", "--detach", "hello:1");
        var version = await engine.DockerAsync("version", "--format", "{{.Server.Version}}");
        return $"dockerd {version} starts, imports and runs";
    }
}
