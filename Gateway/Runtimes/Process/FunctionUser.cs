namespace Gateway.Runtimes.Process;

/// <summary>The user that a function's program runs as.</summary>
/// <param name="Name">The name of its account, or null if it has none.</param>
/// <param name="Home">The value of HOME.</param>
internal sealed record FunctionUser(uint Uid, uint Gid, string? Name, string Home);
