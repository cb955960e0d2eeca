using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.CommandLine;

/// <summary>A socket that answers what an engine's <c>GET /info</c> does, and 404 to all else.</summary>
internal sealed class InfoServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private InfoServer(WebApplication app) => _app = app;

    /// <param name="socket">The path of the socket.</param>
    /// <param name="version">The engine's version.</param>
    /// <param name="cgroups">The version of its cgroups.</param>
    /// <param name="security">Its security options.</param>
    public static async Task<InfoServer> StartAsync(string socket, string version, string cgroups, params string[] security)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(socket));
        var app = builder.Build();
        app.Run(context => context.Request.Path.Value!.EndsWith("/info", StringComparison.Ordinal)
            ? context.Response.WriteAsJsonAsync(new
            {
                ID = "engine",
                ServerVersion = version,
                CgroupVersion = cgroups,
                CgroupDriver = "systemd",
                LoggingDriver = "json-file",
                Architecture = "x86_64",
                SystemTime = "2026-01-01T00:00:00Z",
                SecurityOptions = security,
            }, new System.Text.Json.JsonSerializerOptions())
            : NotFoundAsync(context));
        await app.StartAsync();
        return new InfoServer(app);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private static Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
