namespace Gateway.Forwarding;

/// <summary>
/// Waits until nobody reads a request's body any more. The forwarder cancels its reading when a request has failed, and does not wait for that. Kestrel
/// reads the rest of the body after the answer, and where it finds another reader it logs a failure with a stack trace, which any client that sends
/// slowly enough could cause.
/// </summary>
internal static class AbandonedBody
{
    /// <summary>How often, and how long in between, the reader is looked at. It tells nobody when it is free.</summary>
    private const int Looks = 20;

    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(5);

    public static async ValueTask ReleaseAsync(HttpContext context, TimeProvider time)
    {
        var request = context.Request;
        if (!HttpProtocol.IsHttp11(request.Protocol) || (request.ContentLength is null or 0 && request.Headers.TransferEncoding.Count == 0))
        {
            return;
        }

        for (var look = 0; look < Looks && IsBeingRead(request); look++)
        {
            await Task.Delay(Between, time);
        }
    }

    private static bool IsBeingRead(HttpRequest request)
    {
        try
        {
            if (request.BodyReader.TryRead(out var read))
            {
                request.BodyReader.AdvanceTo(read.Buffer.Start);
            }

            return false;
        }
        catch (InvalidOperationException)
        {
            // Kestrel: "Reading is already in progress."
            return true;
        }
        catch (IOException)
        {
            // The body is malformed, or its client has gone.
            return false;
        }
    }
}
