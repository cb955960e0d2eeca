using System.Globalization;
using System.Text.Json;
using Gateway.Activation;
using Gateway.Model;
using Gateway.Telemetry;

namespace Gateway.Admin;

/// <summary>
/// Answers <c>GET /api/functions/{name}/logs</c>: a JSON object for each line (NDJSON), whose strings escape control characters. A client that reads slowly holds
/// up nobody; one that follows is told of by nothing but the end of its connection.
/// </summary>
/// <param name="end">Ends what is followed.</param>
internal sealed class OutputPage(StreamEnd end)
{
    /// <summary>How many clients may read at the same time, all functions together. Each costs some 20 KiB, and for a container a connection to the engine.</summary>
    public const int MostReaders = 32;

    private const int DefaultTail = 100;

    private static readonly byte[] s_newline = "\n"u8.ToArray();

    private int _readers;

    /// <summary>Answers a request.</summary>
    /// <returns>A task that returns why nothing was answered, as a status and a sentence, or null if it was.</returns>
    public async Task<AdminRefusal?> AnswerAsync(HttpContext context, Function function)
    {
        var query = context.Request.Query;
        var tail = DefaultTail;
        if (query["tail"] is [{ Length: > 0 } text] && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out tail) || tail > Function.MostOutput))
        {
            return new AdminRefusal(StatusCodes.Status400BadRequest, $"tail is a number from 0 to {Function.MostOutput}.");
        }

        if (query["follow"] is not ([] or ["true"] or ["false"]))
        {
            return new AdminRefusal(StatusCodes.Status400BadRequest, "follow is true or false.");
        }

        if (Interlocked.Increment(ref _readers) > MostReaders)
        {
            Interlocked.Decrement(ref _readers);
            return new AdminRefusal(StatusCodes.Status429TooManyRequests, $"{MostReaders} clients read the output of functions already.");
        }

        try
        {
            return await WriteAsync(context, function, tail, query["follow"] is ["true"]);
        }
        finally
        {
            Interlocked.Decrement(ref _readers);
        }
    }

    private async Task<AdminRefusal?> WriteAsync(HttpContext context, Function function, int tail, bool follow)
    {
        using var ended = end.Of(context);
        var (lines, failure) = await function.OutputAsync(tail, follow, ended.Token);
        if (lines is null)
        {
            return new AdminRefusal(StatusCodes.Status503ServiceUnavailable, failure!);
        }

        var response = context.Response;
        response.ContentType = "application/x-ndjson";
        response.Headers.CacheControl = "no-store";
        // Whoever follows knows from here on that it does, though there may be no line for long. It does not throw if the client has gone: the lines are to be begun in
        // any case, since their end is what takes a follower off.
        await response.Body.FlushAsync(CancellationToken.None);
        try
        {
            await foreach (var line in lines.WithCancellation(ended.Token))
            {
                await JsonSerializer.SerializeAsync(response.Body, OutputView.Of(line), AdminJson.Default.OutputView, ended.Token);
                await response.Body.WriteAsync(s_newline, ended.Token);
                if (follow)
                {
                    await response.Body.FlushAsync(ended.Token);
                }
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The client has gone, or the gateway ends.
        }

        return null;
    }
}

/// <summary>A line of a program as the admin endpoint shows it. The instance is left out for what the gateway says itself.</summary>
internal sealed record OutputView(string At, string? Instance, string Stream, string Text)
{
    public static OutputView Of(OutputLine line) =>
        new(ColdStartView.Text(line.At), line.Instance.Length == 0 ? null : line.Instance, line.Stream, line.Text);
}
