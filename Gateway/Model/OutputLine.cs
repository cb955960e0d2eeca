namespace Gateway.Model;

/// <summary>One line that a program has written.</summary>
/// <param name="At">When the gateway, or the engine, has read it.</param>
/// <param name="Instance">The instance that wrote it, or the container. It is empty for what the gateway says itself.</param>
/// <param name="Stream">Where to: <see cref="Output"/>, <see cref="Error"/>, or <see cref="Gateway"/> for what the gateway says itself.</param>
/// <param name="Text">The line, without its newline. A long one comes in pieces. It may hold any character.</param>
internal sealed record OutputLine(DateTimeOffset At, string Instance, string Stream, string Text)
{
    public const string Output = "stdout";
    public const string Error = "stderr";

    /// <summary>The gateway's own words about the output, such as how much of it was lost.</summary>
    public const string Gateway = "gateway";
}
