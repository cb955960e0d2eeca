using System.Runtime.CompilerServices;

namespace Gateway.Forwarding;

/// <summary>
/// Has for each of the forwarder's clients another one that opens a connection for every request. A request that is sent again must not meet
/// a second connection that the program is about to close.
/// </summary>
internal sealed class FreshClients
{
    private readonly ConditionalWeakTable<HttpMessageInvoker, Lazy<HttpMessageInvoker>> _fresh = [];

    /// <summary>Returns the other client of a client, or the client itself if it has none.</summary>
    public HttpMessageInvoker Of(HttpMessageInvoker client) => _fresh.TryGetValue(client, out var fresh) ? fresh.Value : client;

    internal void Add(HttpMessageInvoker client, Func<HttpMessageInvoker> make) => _fresh.AddOrUpdate(client, new(make));
}
