namespace Gateway.Configuration;

/// <summary>What became of a reading of the configuration after the first.</summary>
internal enum ReloadOutcome
{
    /// <summary>It is in use.</summary>
    Applied,

    /// <summary>It says what is in use already.</summary>
    Unchanged,

    /// <summary>Something is wrong with it: nothing of it is in use.</summary>
    Rejected,

    /// <summary>It was good, and a part of the gateway could not put it in use: what was in use before is so again.</summary>
    Failed,
}
