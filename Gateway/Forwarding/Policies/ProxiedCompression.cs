using Gateway.Configuration.Policies;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Gateway.Forwarding.Policies;

/// <summary>
/// The framework's compression for answers that are not the gateway's own. Answers that must not be changed are left alone (RFC 9110:
/// no-transform, section 7.7; a strong ETag, which identifies the bytes, section 8.8.1). YARP disables buffering, so each part is flushed at once.
/// </summary>
internal sealed class ProxiedCompression(IServiceProvider services, ResponseCompressionSettings settings)
    : ResponseCompressionProvider(services, Options.Create(WithEncoders(settings)))
{
    private const string NoTransform = "no-transform";

    public override bool ShouldCompressResponse(HttpContext context)
    {
        if (MustPass(context) || !base.ShouldCompressResponse(context))
        {
            return false;
        }

        if (GetCompressionProvider(context) is not null)
        {
            Weaken(context.Response.Headers);
        }

        return true;
    }

    private static bool MustPass(HttpContext context)
    {
        var response = context.Response;
        return response.StatusCode is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified
            || HasNoTransform(response.Headers.CacheControl)
            || HasNoTransform(context.Request.Headers.CacheControl)
            // Both have their own framing, and gRPC has its own compression.
            || response.ContentType?.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) == true
            || response.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;
    }

    private static bool HasNoTransform(Microsoft.Extensions.Primitives.StringValues cacheControl) =>
        HeaderUtilities.ContainsCacheDirective(cacheControl, NoTransform);

    private static void Weaken(IHeaderDictionary headers)
    {
        if (headers.ETag.ToString() is ['"', ..] strong)
        {
            headers.ETag = $"W/{strong}";
        }
    }

    private static ResponseCompressionOptions WithEncoders(ResponseCompressionSettings settings)
    {
        var options = new ResponseCompressionOptions
        {
            EnableForHttps = settings.Options.EnableForHttps,
            MimeTypes = settings.Options.MimeTypes,
            ExcludedMimeTypes = settings.Options.ExcludedMimeTypes,
        };
        foreach (var encoding in settings.Encodings)
        {
            options.Providers.Add(encoding == "gzip"
                ? new GzipCompressionProvider(Options.Create(new GzipCompressionProviderOptions { Level = settings.Level }))
                : new BrotliCompressionProvider(Options.Create(new BrotliCompressionProviderOptions { Level = settings.Level })));
        }

        return options;
    }
}
