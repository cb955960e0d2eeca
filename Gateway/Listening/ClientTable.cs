using Gateway.Model;

namespace Gateway.Listening;

/// <summary>The open connections by client. Its locks are many, so that accepts of different clients do not wait for each other.</summary>
internal sealed class ClientTable
{
    private const int Shards = 64;

    private readonly Shard[] _shards = [.. Enumerable.Range(0, Shards).Select(static _ => new Shard())];
    private int _count;

    /// <summary>The number of connections, those of the admin endpoint not counted.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The number of connections of one client.</summary>
    public int CountOf(ClientGroup client)
    {
        var shard = ShardOf(client);
        lock (shard.Gate)
        {
            return shard.Clients.TryGetValue(client, out var open) ? open.Count : 0;
        }
    }

    public void Add(OpenConnection connection)
    {
        var shard = ShardOf(connection.Client);
        lock (shard.Gate)
        {
            if (!shard.Clients.TryGetValue(connection.Client, out var open))
            {
                shard.Clients[connection.Client] = open = [];
            }

            connection.Index = open.Count;
            open.Add(connection);
        }

        Change(connection.Client, +1);
    }

    /// <summary>Takes a connection out. Returns false if it was not in any more.</summary>
    public bool Remove(OpenConnection connection)
    {
        var shard = ShardOf(connection.Client);
        lock (shard.Gate)
        {
            if (connection.Index < 0)
            {
                return false;
            }

            var open = shard.Clients[connection.Client];
            // The last one takes its place.
            var last = open[^1];
            (open[connection.Index], last.Index) = (last, connection.Index);
            open.RemoveAt(open.Count - 1);
            connection.Index = -1;
            if (open.Count == 0)
            {
                shard.Clients.Remove(connection.Client);
            }
        }

        Change(connection.Client, -1);
        return true;
    }

    /// <summary>Returns the connections of one client as they are now.</summary>
    public OpenConnection[] Of(ClientGroup client)
    {
        var shard = ShardOf(client);
        lock (shard.Gate)
        {
            return shard.Clients.TryGetValue(client, out var open) ? [.. open] : [];
        }
    }

    /// <summary>Returns all clients but those of the admin endpoint, with how many connections each has now.</summary>
    public List<(ClientGroup Client, int Count)> Clients()
    {
        var all = new List<(ClientGroup, int)>();
        foreach (var shard in _shards)
        {
            lock (shard.Gate)
            {
                foreach (var (client, open) in shard.Clients)
                {
                    if (client != ClientGroup.Admin)
                    {
                        all.Add((client, open.Count));
                    }
                }
            }
        }

        return all;
    }

    private void Change(ClientGroup client, int change)
    {
        if (client != ClientGroup.Admin)
        {
            Interlocked.Add(ref _count, change);
        }
    }

    private Shard ShardOf(ClientGroup client) => _shards[(uint)client.GetHashCode() % Shards];

    private sealed class Shard
    {
        public readonly Lock Gate = new();
        public readonly Dictionary<ClientGroup, List<OpenConnection>> Clients = [];
    }
}
