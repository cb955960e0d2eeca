using Gateway.Lab.Benchmarks.Warm;
using Gateway.Lab.Clients;
using Gateway.Lab.Networking;
using Gateway.Lab.Processes;

namespace Gateway.Lab.Benchmarks.Direct;

/// <summary>Gives ways their turns of a round: small requests as fast as they go on each, and then one large answer after another on each.</summary>
/// <param name="space">Where the ways begin.</param>
internal sealed class DirectLoad(NetworkNamespace space)
{
    /// <summary>Of wrk, which stay open.</summary>
    public const int Connections = 32;

    /// <summary>Bytes of a large answer, and how many of them one connection gets.</summary>
    public const int LargeAnswer = 256 << 20, LargeAnswers = 3;

    /// <summary>For how long small requests are made. Many short turns: the machine has less time to change between two of a round.</summary>
    private const int Seconds = 1;

    /// <summary>What both turns of a way take as a rule.</summary>
    public const double TurnSeconds = Seconds + 1.1;

    public async Task<IReadOnlyList<(DirectWay Way, DirectSample Sample)>> RunAsync(IReadOnlyList<DirectWay> ways, CancellationToken cancellationToken)
    {
        List<(DirectWay Way, DirectSample Sample)> samples = [];
        foreach (var way in ways)
        {
            samples.Add((way, await RequestsAsync(way, cancellationToken)));
        }

        for (var i = 0; i < samples.Count; i++)
        {
            samples[i] = (samples[i].Way, samples[i].Sample with { Bulk = await BulkAsync(samples[i].Way, cancellationToken) });
        }

        return samples;
    }

    private async Task<DirectSample> RequestsAsync(DirectWay way, CancellationToken cancellationToken)
    {
        var before = way.CpuSeconds();
        var options = new LabProcessOptions { FileName = "wrk", Arguments = Wrk.Arguments(way.Url("/"), Connections, Seconds), Namespace = space, Cores = way.LoadCores };
        var output = (await Command.ExecuteAsync(options, cancellationToken: cancellationToken)).ThrowIfFailed().AllOutput;
        var result = Wrk.Parse(output);
        return new DirectSample(result.PerSecond, Wrk.Percentile99(output), (way.CpuSeconds() - before) * 1e6 / result.Requests, Bulk: 0);
    }

    // curl reads 100 KB at a time (BUFFER_SIZE of its tool_operate.c), wrk 8 KB, which would be what is measured.
    private async Task<double> BulkAsync(DirectWay way, CancellationToken cancellationToken)
    {
        var options = new CurlOptions { Url = way.Url($"/bytes?n={LargeAnswer}"), Namespace = space, Repeat = LargeAnswers, Wrapper = ["taskset", "--cpu-list", way.LoadCores] };
        var answers = await Curl.GetAllAsync(options, cancellationToken);
        foreach (var answer in answers)
        {
            if (answer.ThrowIfFailed().Downloaded != LargeAnswer)
            {
                throw new LabException($"{way.Name} answered with {answer.HttpCode} and {answer.Downloaded} bytes instead of {LargeAnswer}");
            }
        }

        return answers.Sum(static answer => answer.Downloaded) / answers.Sum(static answer => answer.Total) / 1000;
    }
}
