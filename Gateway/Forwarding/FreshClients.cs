using System.Runtime.CompilerServices;

namespace Gateway.Forwarding;

/// <summary>
/// To each of the forwarder's clients one that opens a connection for every request: what is sent again must not meet a
/// second connection that its program is about to close.
/// </summary>
internal sealed class FreshClients
{
    private readonly ConditionalWeakTable<HttpMessageInvoker, Lazy<HttpMessageInvoker>> _fresh = [];

    /// <summary>The client's other, or itself when it has none.</summary>
    public HttpMessageInvoker Of(HttpMessageInvoker client) => _fresh.TryGetValue(client, out var fresh) ? fresh.Value : client;

    internal void Add(HttpMessageInvoker client, Func<HttpMessageInvoker> make) => _fresh.AddOrUpdate(client, new(make));
}
