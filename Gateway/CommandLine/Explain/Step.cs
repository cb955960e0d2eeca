namespace Gateway.CommandLine.Explain;

/// <summary>What becomes of a SYN or a ClientHello.</summary>
/// <param name="Function">The function that it names, or null.</param>
/// <param name="By">By what it names it, or null.</param>
/// <param name="Wakes">Whether it may wake it.</param>
/// <param name="Text">The same in sentences, with the reason.</param>
internal sealed record Step(string? Function, string? By, bool Wakes, string Text)
{
    /// <summary>Makes a step in which nothing is named or woken.</summary>
    public static Step Nothing(string text) => new(Function: null, By: null, Wakes: false, text);
}
