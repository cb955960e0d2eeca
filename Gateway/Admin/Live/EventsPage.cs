using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gateway.Activation;
using Gateway.Model;
using Gateway.Telemetry;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Admin.Live;

/// <summary>
/// Answers <c>GET /api/events</c>: server-sent events (HTML, section 9.2) of what <c>/api/gateway</c>, <c>/api/functions</c> and <c>/api/coldstarts</c> say, first all of it and then
/// what changes. A page that reads slowly misses states in between, never the last one.
/// </summary>
/// <param name="feed">Tells what changes.</param>
/// <param name="registry">The functions.</param>
/// <param name="views">Describes them.</param>
/// <param name="coldStarts">The cold starts so far.</param>
/// <param name="time">The clock.</param>
/// <param name="end">Ends what is followed.</param>
internal sealed class EventsPage(LiveFeed feed, FunctionRegistry registry, FunctionViews views, ColdStartLog coldStarts, TimeProvider time, StreamEnd end)
{
    /// <summary>How many pages may follow at the same time.</summary>
    public const int MostReaders = 32;

    /// <summary>How long changes are collected, so that a burst of wakes is one event.</summary>
    private static readonly TimeSpan s_burst = TimeSpan.FromMilliseconds(100);

    /// <summary>How often is looked at what no event tells of: requests, memory, what is attached in the kernel. It is longer if looking takes long.</summary>
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    /// <summary>One page takes this part of a processor at most, however many functions there are.</summary>
    private const int Share = 20;

    /// <summary>How long nothing may be sent, since proxies close what is silent for long.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(15);

    private int _readers;

    /// <summary>Answers a request.</summary>
    /// <returns>A task that returns why nothing was answered, or null if it was.</returns>
    public async Task<AdminRefusal?> AnswerAsync(HttpContext context)
    {
        if (Interlocked.Increment(ref _readers) > MostReaders)
        {
            Interlocked.Decrement(ref _readers);
            return new AdminRefusal(StatusCodes.Status429TooManyRequests, $"{MostReaders} pages follow already; close one.");
        }

        using var ended = end.Of(context);
        try
        {
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            await FollowAsync(context.Response.Body, ended.Token);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException && ended.IsCancellationRequested)
        {
            // The page was closed, or the gateway ends.
        }
        finally
        {
            Interlocked.Decrement(ref _readers);
        }

        return null;
    }

    private async Task FollowAsync(Stream body, CancellationToken cancellationToken)
    {
        using var reader = feed.Open();
        var stream = new EventWriter(body);
        var shown = new Dictionary<string, object>(StringComparer.OrdinalIgnoreCase);
        byte[] gateway = [];
        var cold = coldStarts.Last(LiveReader.MostColdStarts, function: null);
        var told = cold.ToHashSet();
        var changed = new HashSet<Function>();
        var (sent, looked, pause) = (time.GetTimestamp(), (long?)null, s_look);
        while (true)
        {
            var begun = time.GetTimestamp();
            var looks = looked is null || time.GetElapsedTime(looked.Value, begun) >= pause;
            if (looks)
            {
                looked = begun;
                changed.UnionWith(registry.All);
                var now = JsonSerializer.SerializeToUtf8Bytes(views.Gateway(), AdminJson.Default.GatewayView);
                if (!now.AsSpan().SequenceEqual(gateway))
                {
                    stream.Add("gateway", gateway = now);
                }
            }

            Add(stream, "functions", [.. Differing(changed, shown)], AdminJson.Default.IReadOnlyListFunctionView);
            Add(stream, "removed", [.. Gone(shown)], AdminJson.Default.IReadOnlyListString);
            Add(stream, "coldstarts", [.. cold.Select(ColdStartView.Of)], AdminJson.Default.IReadOnlyListColdStartView);
            if (stream.IsEmpty && time.GetElapsedTime(sent) > s_silence)
            {
                stream.AddComment();
            }

            pause = looks ? TimeSpan.FromTicks(Math.Max(s_look.Ticks, Share * time.GetElapsedTime(begun).Ticks)) : pause;
            if (!stream.IsEmpty)
            {
                await stream.SendAsync(cancellationToken);
                sent = time.GetTimestamp();
            }

            await reader.WaitAsync(s_look, cancellationToken);
            await Task.Delay(s_burst, time, cancellationToken);
            (changed, var more) = reader.Take();
            // What ended while the page was opened may have been among the first ones.
            cold = [.. more.Where(start => !told.Contains(start))];
            told.Clear();
        }
    }

    private IEnumerable<FunctionView> Differing(IEnumerable<Function> functions, Dictionary<string, object> shown)
    {
        foreach (var function in functions)
        {
            // Another one may have its name by now.
            if (registry.TryGet(function.Name, out var known) && known == function && views.StampOf(function) is var stamp && (!shown.TryGetValue(function.Name, out var before) || !stamp.Equals(before)))
            {
                shown[function.Name] = stamp;
                yield return views.Of(function);
            }
        }
    }

    private List<string> Gone(Dictionary<string, object> shown)
    {
        var all = registry.All;
        if (shown.Count <= all.Count)
        {
            return [];
        }

        List<string> gone = [.. shown.Keys.Except(all.Select(static function => function.Name), StringComparer.OrdinalIgnoreCase)];
        gone.ForEach(name => shown.Remove(name));
        return gone;
    }

    private static void Add<T>(EventWriter stream, string name, IReadOnlyList<T> items, JsonTypeInfo<IReadOnlyList<T>> type)
    {
        if (items.Count > 0)
        {
            stream.Add(name, JsonSerializer.SerializeToUtf8Bytes(items, type));
        }
    }
}
