using Gateway.Activation;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Listening;

/// <summary>Serves connections whose bytes are passed on as they are.</summary>
internal interface IByteConnections
{
    /// <summary>Joins a connection with an instance of its function, for which it may have to wait. It completes when the connection has ended.</summary>
    /// <param name="connection">The connection, of which nothing has been consumed.</param>
    /// <param name="client">The same, as its function is told of it.</param>
    /// <param name="function">The function whose address it is, or whose name the client has asked for.</param>
    /// <param name="find">Finds that function again after a reload. It returns null if there is none any more.</param>
    /// <param name="isTls">Whether the client speaks TLS, so that it can be told of a failure by an alert.</param>
    Task ServeAsync(ConnectionContext connection, ClientConnection client, Function function, Func<Function?> find, bool isTls);
}
