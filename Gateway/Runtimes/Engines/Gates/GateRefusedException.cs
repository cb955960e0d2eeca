using Docker.DotNet;

namespace Gateway.Runtimes.Engines.Gates;

/// <summary>
/// A container cannot be made or started with a gate: the engine does not see the directory or may not execute what is in it, or the directory cannot be
/// written. The message is one sentence without a full stop.
/// </summary>
internal sealed class GateRefusedException : RuntimeException
{
    public GateRefusedException()
    {
    }

    public GateRefusedException(string message) : base(message)
    {
    }

    public GateRefusedException(string message, Exception innerException) : base(message, innerException)
    {
    }

    public GateRefusedException(DockerApiException refusal) : base(WordsOf(refusal), refusal)
    {
    }

    /// <summary>Returns one sentence without a full stop.</summary>
    public static string WordsOf(DockerApiException refusal) => $"the engine takes no container with a gate ({EngineErrors.Message(refusal)})";
}
