namespace Gateway.Listening;

/// <summary>Chooses which idle connections are closed when there are too many.</summary>
internal static class IdleConnections
{
    /// <summary>Returns the idle connections of one client, the one that has been idle longest first.</summary>
    public static List<(OpenConnection Connection, TimeSpan Idle)> Of(OpenConnection[] open, bool evenOpening, TimeProvider time)
    {
        var now = time.GetTimestamp();
        var idle = new List<(OpenConnection, TimeSpan Idle)>(open.Length);
        foreach (var connection in open)
        {
            if (connection.IdleFor(now, evenOpening, time) is { } age)
            {
                idle.Add((connection, age));
            }
        }

        idle.Sort(static (one, other) => other.Idle.CompareTo(one.Idle));
        return idle;
    }

    /// <summary>
    /// Returns the connections that are to be closed: again and again the one that has been idle longest, of the client that would have most connections left. Clients
    /// are looked at in the order of how many they have, and only as many as are needed.
    /// </summary>
    /// <param name="table">All connections.</param>
    /// <param name="count">How many are to be closed.</param>
    /// <param name="evenOpening">Whether those count as idle that have not brought a whole request yet.</param>
    /// <param name="time">The clock.</param>
    public static List<OpenConnection> OfTheLargest(ClientTable table, int count, bool evenOpening, TimeProvider time)
    {
        var clients = table.Clients();
        clients.Sort(static (one, other) => other.Count.CompareTo(one.Count));
        var candidates = new PriorityQueue<OpenConnection, (int Left, TimeSpan Idle)>(Comparer<(int Left, TimeSpan Idle)>.Create(
            static (one, other) => one.Left != other.Left ? other.Left.CompareTo(one.Left) : other.Idle.CompareTo(one.Idle)));
        var chosen = new List<OpenConnection>(count);
        for (var next = 0; chosen.Count < count; next++)
        {
            var most = next < clients.Count ? clients[next].Count : 0;
            // What goes before anything that the next client has.
            while (chosen.Count < count && candidates.TryPeek(out _, out var first) && first.Left > most)
            {
                chosen.Add(candidates.Dequeue());
            }

            if (next >= clients.Count)
            {
                return chosen;
            }

            var left = clients[next].Count;
            foreach (var (connection, idle) in Of(table.Of(clients[next].Client), evenOpening, time))
            {
                candidates.Enqueue(connection, (left--, idle));
            }
        }

        return chosen;
    }
}
