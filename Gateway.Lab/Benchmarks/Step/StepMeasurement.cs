using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Lab.Hosts;

namespace Gateway.Lab.Benchmarks.Step;

/// <summary>Sends a step of load to a function, and looks all the while at how many instances it has.</summary>
internal sealed class StepMeasurement(LabNetwork network, string program, StepPlan plan)
{
    private const int Port = 8400;
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);
    private static readonly byte[] s_request = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"GET /slow?ms={StepPlan.Answer} HTTP/1.1\r\nHost: bench\r\n\r\n"));

    private readonly ConcurrentQueue<StepRequest> _requests = new();
    private readonly List<StepInstances> _instances = [];
    private long _began;

    private double Now => Stopwatch.GetElapsedTime(_began).TotalSeconds - plan.Quiet;

    /// <param name="subject">The name of what is measured.</param>
    /// <param name="min">How many instances run all the time.</param>
    /// <param name="cancellationToken">Ends the measurement.</param>
    public async Task<StepSamples> RunAsync(string subject, int min, CancellationToken cancellationToken)
    {
        await using var gateway = await GatewayProcess.StartAsync(new() { Namespace = network.Server, Settings = Settings(min), Program = PublishedPrograms.Gateway });
        await UntilAsync(gateway, min, cancellationToken);
        _began = Stopwatch.GetTimestamp();
        var looks = LookAsync(gateway, cancellationToken);
        // The picture begins before the step, with what there is without load.
        await Task.Delay(TimeSpan.FromSeconds(plan.Quiet), TimeProvider.System, cancellationToken);
        await Task.WhenAll(Enumerable.Range(0, StepPlan.Connections).Select(number => AskAsync(number < StepPlan.Few ? plan.End : plan.Lasts, cancellationToken)));
        await looks;
        await gateway.StopAsync(TimeSpan.FromSeconds(60));
        return new StepSamples(subject, plan, [.. _requests], _instances);
    }

    private JsonObject Settings(int min)
    {
        var hello = BenchSettings.Process(program, StepPlan.Boot, "Syn", string.Create(CultureInfo.InvariantCulture, $"http://*:{Port}"));
        hello["Scale"] = new JsonObject
        {
            ["Min"] = min,
            ["Max"] = StepPlan.Max,
            ["Concurrency"] = StepPlan.Concurrency,
            ["ConcurrencyLimit"] = StepPlan.Concurrency,
            ["Window"] = TimeSpan.FromSeconds(plan.Window).ToString(),
        };
        return new JsonObject
        {
            ["Gateway"] = new JsonObject
            {
                ["Ebpf"] = new JsonObject { ["Limits"] = BenchSettings.UnlimitedSyns() },
                ["Functions"] = new JsonObject { ["hello"] = hello },
            },
        };
    }

    // One connection that asks again as soon as it is answered.
    private async Task AskAsync(double until, CancellationToken cancellationToken)
    {
        Socket? connection = null;
        var answer = new byte[4096];
        while (Now < until)
        {
            var sent = Now;
            var isAnswered = false;
            try
            {
                connection ??= await network.Client.ConnectAsync(new IPEndPoint(network.Link.Server.Address, Port), cancellationToken);
                await connection.SendAsync(s_request, cancellationToken);
                isAnswered = await IsAnsweredAsync(connection, answer, cancellationToken);
            }
            catch (SocketException)
            {
            }

            _requests.Enqueue(new StepRequest(sent, (Now - sent) * 1000, !isAnswered));
            if (!isAnswered)
            {
                connection?.Dispose();
                connection = null;
            }
        }

        connection?.Dispose();
    }

    // The head and the five bytes after it may come in two pieces.
    private static async Task<bool> IsAnsweredAsync(Socket connection, byte[] answer, CancellationToken cancellationToken)
    {
        var length = 0;
        while (true)
        {
            var size = await connection.ReceiveAsync(answer.AsMemory(length), cancellationToken);
            length += size;
            if (size == 0 || answer.AsSpan(0, length).EndsWith("\r\n\r\nslow\n"u8))
            {
                return size > 0 && answer.AsSpan(0, length).StartsWith("HTTP/1.1 200"u8);
            }
        }
    }

    private async Task LookAsync(GatewayProcess gateway, CancellationToken cancellationToken)
    {
        while (Now < plan.End)
        {
            var function = await gateway.Admin.GetFromJsonAsync<JsonElement>("/api/functions/hello", cancellationToken);
            var ready = function.GetProperty("instances").EnumerateArray().Count(static one => one.GetProperty("state").GetString() == "Running");
            var desired = function.TryGetProperty("scale", out var scale) && scale.ValueKind == JsonValueKind.Object ? scale.GetProperty("desired").GetInt32() : ready;
            _instances.Add(new StepInstances(Now, desired, ready));
            // The time between two points of the picture.
            await Task.Delay(s_look, TimeProvider.System, cancellationToken);
        }
    }

    private static async Task UntilAsync(GatewayProcess gateway, int instances, CancellationToken cancellationToken)
    {
        while ((await gateway.FunctionsAsync(cancellationToken))[0].Instances.Count(static one => one.GetProperty("state").GetString() == "Running") < instances)
        {
            // The admin endpoint is asked, as an operator would.
            await Task.Delay(s_look, TimeProvider.System, cancellationToken);
        }
    }
}
