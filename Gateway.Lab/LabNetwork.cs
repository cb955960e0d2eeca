using Gateway.Lab.Linking;
using Gateway.Lab.Networking;

namespace Gateway.Lab;

/// <summary>The smallest lab: a client's namespace, a server's, and a link with a round trip between them.</summary>
public sealed class LabNetwork : IAsyncDisposable
{
    private LabNetwork(NetworkNamespace client, NetworkNamespace server, DelayedLink link)
    {
        Client = client;
        Server = server;
        Link = link;
    }

    public NetworkNamespace Client { get; }

    public NetworkNamespace Server { get; }

    public DelayedLink Link { get; }

    /// <param name="roundTrip">Twice the link's one-way delay.</param>
    /// <exception cref="LabException">This process may not make namespaces or TAP devices.</exception>
    public static async Task<LabNetwork> CreateAsync(TimeSpan roundTrip)
    {
        var client = NetworkNamespace.Create();
        var server = NetworkNamespace.Create();
        try
        {
            return new LabNetwork(client, server, await DelayedLink.CreateAsync(client, server, roundTrip / 2));
        }
        catch
        {
            client.Dispose();
            server.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Link.DisposeAsync();
        Client.Dispose();
        Server.Dispose();
    }
}
