namespace Gateway.Model;

/// <summary>What a function has to have reached before one that depends on it is started, by the words of Compose's <c>depends_on</c>.</summary>
internal enum DependencyCondition
{
    /// <summary>Its program has been started.</summary>
    Started,

    /// <summary>It answers, by its <c>Ready</c> settings and its container's health check.</summary>
    Healthy,

    /// <summary>Its program has ended with exit code 0.</summary>
    Completed,
}
