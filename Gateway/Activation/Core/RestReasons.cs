namespace Gateway.Activation.Core;

/// <summary>The reasons for which an instance is brought to rest, as the log and the API show them.</summary>
internal static class RestReasons
{
    public const string Asked = "It was asked to.";
    public const string Outdated = "Its options have changed.";
    public const string Retired = "It is no longer needed.";
    public const string Silent = "It no longer takes connections.";
    public const string ByOthers = "Somebody else has brought it there.";
    public const string MadeAhead = "Made ahead.";
    public const string Excluded = "A function that it excludes is wanted.";
    public const string Wasted = "No connection followed the SYN that woke it.";
}
