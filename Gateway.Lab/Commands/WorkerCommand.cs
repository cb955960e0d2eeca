using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Lab.Commands;

/// <summary>
/// A function that works for a while and answers with the request as it reached it, its body after an empty line. The query says how:
/// <c>ms</c> is the time that it takes, <c>status</c> what it answers, <c>good</c> the attempt from which on it answers 200, <c>large</c> a length of body, and <c>break</c> has it break off.
/// </summary>
/// <remarks>PORT is where it listens, BOOT_MS after how long.</remarks>
internal static class WorkerCommand
{
    public static async Task<int> RunAsync()
    {
        // Its boot, which takes as long as a test wants.
        await Task.Delay(TimeSpan.FromMilliseconds(Number(Environment.GetEnvironmentVariable("BOOT_MS"))), TimeProvider.System);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, Number(Environment.GetEnvironmentVariable("PORT"))));
        await using var app = builder.Build();
        app.Run(AnswerAsync);
        await app.RunAsync();
        return 0;
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        using var reader = new StreamReader(request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        // Its work.
        await Task.Delay(TimeSpan.FromMilliseconds(Number(Asked("ms"))), TimeProvider.System, context.RequestAborted);
        var attempt = Number(request.Headers["Headstart-Attempt"]);
        response.StatusCode = Asked("good") is { Length: > 0 } good && attempt < Number(good) ? StatusCodes.Status503ServiceUnavailable
            : Asked("status") is { Length: > 0 } status ? Number(status) : StatusCodes.Status200OK;
        response.ContentType = "text/plain";
        response.Headers["Attempt"] = attempt.ToString(CultureInfo.InvariantCulture);
        if (Asked("break").Length > 0)
        {
            await response.WriteAsync("half of it", context.RequestAborted);
            await response.Body.FlushAsync(context.RequestAborted);
            context.Abort();
            return;
        }

        var head = string.Concat(request.Headers.Select(header => $"{header.Key}: {header.Value}\n"));
        await response.WriteAsync($"{request.Method} {context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget}\n{head}\n{body}{new string('x', Number(Asked("large")))}", context.RequestAborted);

        string Asked(string key) => request.Query[key].ToString();
    }

    private static int Number(string? text) => int.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
