namespace Gateway.Configuration;

/// <summary>
/// What a function keeps of requests whose clients do not wait for the answer (<c>Prefer: respond-async</c>, RFC 7240, section 4.1): how much, for how long, where, and how
/// often they are sent.
/// </summary>
internal sealed record AsyncOptions
{
    /// <summary>The largest number of requests that are kept at once, with those whose answer is: 1 to 1,000,000.</summary>
    public required int MaxRequests { get; init; }

    /// <summary>The largest body of a request, and of an answer, in bytes: 1 KiB to 16 MiB.</summary>
    public long MaxBody { get; init; } = 1 << 20;

    /// <summary>How much all bodies may take together, in bytes: 1 KiB or more.</summary>
    public long MaxSize { get; init; } = 64 << 20;

    /// <summary>How many are inside the function at once, 1 to 10,000.</summary>
    public int AtOnce { get; init; } = 4;

    /// <summary>How often the function gets a request until it answers well, 1 to 100. Starts that failed do not count.</summary>
    public int Attempts { get; init; } = 3;

    /// <summary>The statuses that are no good answer: 400 to 599.</summary>
    public ValueList<int> RetryOn { get; init; } = new([502, 503, 504]);

    /// <summary>How long a request is kept until it is answered, 1 s to 30 days.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long an answer is kept, 1 s to 30 days.</summary>
    public TimeSpan Keep { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The folder in which requests and answers outlive the gateway. Null means that they are in its memory.</summary>
    public string? Folder { get; init; }

    /// <summary>The addresses to which answers may be posted, and whatever lies below them. An empty list means none.</summary>
    public ValueList<Uri> Callbacks { get; init; } = ValueList<Uri>.Empty;

    /// <summary>Returns whether answers may be posted to an address.</summary>
    public bool MayCall(Uri address) => Callbacks.Any(allowed =>
        allowed.Scheme == address.Scheme && allowed.Host.Equals(address.Host, StringComparison.OrdinalIgnoreCase) && allowed.Port == address.Port
        && IsBelow(address.AbsolutePath, allowed.AbsolutePath));

    private static bool IsBelow(string path, string allowed) =>
        path.StartsWith(allowed, StringComparison.Ordinal) && (path.Length == allowed.Length || allowed.EndsWith('/') || path[allowed.Length] == '/')
        // What decodes %2e%2e or %2f goes up by it.
        && !path.Contains("%2e", StringComparison.OrdinalIgnoreCase) && !path.Contains("..", StringComparison.Ordinal);
}
