namespace Gateway.Configuration.Pages;

/// <summary>The page that browsers get instead of waiting for a slow start.</summary>
internal sealed record PageOptions
{
    /// <summary>How long a request waits as any other one does, 0 to a day, before it is answered with the page.</summary>
    public required TimeSpan After { get; init; }

    /// <summary>The user's own page, or null for the gateway's.</summary>
    public PageTheme? Theme { get; init; }

    /// <summary>Whether programs that ask for JSON get the state of the start instead of waiting.</summary>
    public bool Json { get; init; } = true;
}
