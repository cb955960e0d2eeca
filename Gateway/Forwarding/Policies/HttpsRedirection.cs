using Gateway.Configuration.Policies;
using Gateway.Listening;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Forwarding.Policies;

/// <summary>
/// Redirects clients of plain addresses to https. The framework's redirection knows one port for all addresses and encodes the path again.
/// Here each address has its own port, and the path stays as the client wrote it.
/// </summary>
internal sealed class HttpsRedirection(RequestDelegate next, HttpsRedirect options)
{
    private const int HttpsDefault = 443;

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.IsHttps || PortFor(context) is not { } port)
        {
            return next(context);
        }

        var request = context.Request;
        if (request.Host.Host.Length == 0)
        {
            // An HTTP/1.0 request without a Host has no name to be redirected to.
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return Task.CompletedTask;
        }

        var host = port == HttpsDefault ? new HostString(request.Host.Host) : new HostString(request.Host.Host, port);
        context.Response.StatusCode = options.StatusCode;
        context.Response.Headers.Location = Location(context, host);
        return Task.CompletedTask;
    }

    /// <returns>Returns null if the address is not redirected.</returns>
    private int? PortFor(HttpContext context)
    {
        if (context.Features.Get<Listener>()?.Function is not { } function)
        {
            return options.Port;
        }

        return options.Listen ? function.Options.Listen.FirstOrDefault(address => address.IsHttps)?.Port : null;
    }

    private static string Location(HttpContext context, HostString host)
    {
        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget;
        var request = context.Request;
        return target is ['/', ..] && System.Text.Ascii.IsValid(target)
            ? $"https://{host.ToUriComponent()}{target}"
            : UriHelper.BuildAbsolute(Uri.UriSchemeHttps, host, request.PathBase, request.Path, request.QueryString);
    }
}
