using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Lab.Commands;

/// <summary>
/// A function that answers with the request as it reached it: the request line, then a line for each header. A request whose content type is
/// gRPC gets its body back as it comes, with the trailer <c>grpc-status: 0</c>.
/// </summary>
/// <remarks>PORT is where it listens. With ALLOWED_HOST it answers requests for another Host with 400, as web frameworks do.</remarks>
internal static class EchoCommand
{
    /// <param name="arguments"><c>h1</c> or <c>h2c</c>: the one protocol that it speaks.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments is not ["h1" or "h2c"])
        {
            await Console.Error.WriteLineAsync("echo: takes h1 or h2c");
            return 2;
        }

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback,
            int.Parse(Environment.GetEnvironmentVariable("PORT") ?? "8080", CultureInfo.InvariantCulture),
            listen => listen.Protocols = arguments is ["h2c"] ? HttpProtocols.Http2 : HttpProtocols.Http1));
        await using var app = builder.Build();
        var allowed = Environment.GetEnvironmentVariable("ALLOWED_HOST");
        app.Run(context => allowed is not null && context.Request.Host.Value != allowed ? RefuseAsync(context)
            : context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) == true ? StreamAsync(context)
            : DescribeAsync(context));
        await app.RunAsync();
        return 0;
    }

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        return context.Response.WriteAsync($"I am not {context.Request.Host}.\n");
    }

    private static Task DescribeAsync(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var headers = context.Request.Headers.Select(header => $"{header.Key}: {header.Value}\n");
        return context.Response.WriteAsync($"{context.Request.Method} {target} {context.Request.Protocol}\n{string.Concat(headers)}");
    }

    private static async Task StreamAsync(HttpContext context)
    {
        context.Response.ContentType = context.Request.ContentType;
        await context.Response.StartAsync();
        var buffer = new byte[4096];
        while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted) is > 0 and var size)
        {
            await context.Response.Body.WriteAsync(buffer.AsMemory(0, size), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }

        context.Response.AppendTrailer("grpc-status", "0");
    }
}
