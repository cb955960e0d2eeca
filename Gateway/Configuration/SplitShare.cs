namespace Gateway.Configuration;

/// <summary>The part of a function's clients that gets another version of it.</summary>
/// <param name="Function">The name of the function that is the other version.</param>
/// <param name="Percent">The part of the clients, 1 to 100 percent.</param>
internal sealed record SplitShare(string Function, int Percent);
