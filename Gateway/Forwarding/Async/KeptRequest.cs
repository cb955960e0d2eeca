using System.Text.Json.Serialization;

namespace Gateway.Forwarding.Async;

/// <summary>A request that is sent to its function later, as its client sent it.</summary>
internal sealed record KeptRequest
{
    /// <summary>By what its client asks for the answer. It cannot be guessed.</summary>
    public required string Id { get; init; }

    /// <summary>The function's name.</summary>
    public required string Function { get; init; }

    /// <summary>The id of the route by which it came.</summary>
    public required string Route { get; init; }

    /// <summary>The protocol that the client spoke, by which the function's is chosen if the configuration does not say.</summary>
    public string Protocol { get; init; } = HttpProtocol.Http11;

    /// <summary>Whether a proxy sent it whose word of the client is believed.</summary>
    public bool IsProxied { get; init; }

    public required string Method { get; init; }

    public required string Scheme { get; init; }

    public required string Host { get; init; }

    /// <summary>The path, decoded as routing saw it.</summary>
    public required string Path { get; init; }

    /// <summary>The query with its question mark, or an empty text.</summary>
    public required string Query { get; init; }

    /// <summary>The target as it was written (RFC 9112, section 3.2).</summary>
    public required string Target { get; init; }

    public required IReadOnlyList<KeptHeader> Headers { get; init; }

    public required byte[] Body { get; init; }

    /// <summary>The client's address, or null if it has none.</summary>
    public string? Client { get; init; }

    public int ClientPort { get; init; }

    /// <summary>The address that the client dialled, or null if it has none.</summary>
    public string? Local { get; init; }

    public int LocalPort { get; init; }

    /// <summary>The id by which the log names the request.</summary>
    public required string TraceId { get; init; }

    public required DateTimeOffset Accepted { get; init; }

    /// <summary>Where the answer is posted to, or null if it is fetched.</summary>
    public Uri? Callback { get; init; }
}

/// <summary>A header and its values.</summary>
internal sealed record KeptHeader(string Name, string[] Values);

/// <summary>The answer to a <see cref="KeptRequest"/>.</summary>
/// <param name="Status">The status.</param>
/// <param name="Headers">The headers but for those of the connection.</param>
/// <param name="Body">The body.</param>
/// <param name="Completed">When it was complete.</param>
/// <param name="Callback">Where it is still to be posted to, or null.</param>
internal sealed record KeptAnswer(int Status, IReadOnlyList<KeptHeader> Headers, byte[] Body, DateTimeOffset Completed, Uri? Callback);

/// <summary>What became of a <see cref="KeptRequest"/>, for who asks.</summary>
/// <param name="Id">Its id.</param>
/// <param name="State"><c>Waiting</c> or <c>UnderWay</c>.</param>
/// <param name="Accepted">When it was accepted.</param>
/// <param name="Attempts">How often the function has got it.</param>
internal sealed record AsyncView(string Id, AsyncState State, DateTimeOffset Accepted, int Attempts);

/// <summary>What a <see cref="KeptRequest"/> does.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AsyncState>))]
internal enum AsyncState
{
    /// <summary>It waits for its turn, or for another attempt.</summary>
    Waiting,

    /// <summary>The function starts for it or has it.</summary>
    UnderWay,

    /// <summary>It has its answer.</summary>
    Done,
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(KeptRequest))]
[JsonSerializable(typeof(KeptAnswer))]
[JsonSerializable(typeof(AsyncView))]
internal sealed partial class AsyncJson : JsonSerializerContext;
