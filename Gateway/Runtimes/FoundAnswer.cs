namespace Gateway.Runtimes;

/// <summary>What the owner says of an instance that it was offered.</summary>
internal enum FoundAnswer
{
    /// <summary>It belongs to the owner now.</summary>
    Taken,

    /// <summary>There is no room for it, so the runtime has to end it.</summary>
    Unwanted,

    /// <summary>The gateway ends and leaves its instances to the next one, so this one goes on too.</summary>
    Left,
}
