namespace Gateway.Configuration;

/// <summary>What became of a new configuration that was read after the start.</summary>
internal enum ReloadOutcome
{
    /// <summary>It is in use now.</summary>
    Applied,

    /// <summary>It says the same as the one that is in use.</summary>
    Unchanged,

    /// <summary>It is wrong, and nothing of it is in use.</summary>
    Rejected,

    /// <summary>It was good, but could not be put in use, or reading it failed unexpectedly. The one before it is in use.</summary>
    Failed,
}
