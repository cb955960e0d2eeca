namespace Gateway.Configuration;

/// <summary>How the gateway ends, and what the next one gets of it.</summary>
internal sealed record RestartOptions
{
    /// <summary>
    /// The time that programs have to end once the connections are drained, within which they are sent SIGTERM and given their <c>StopTimeout</c>. What runs then is
    /// killed. With the longest drain by default the whole end takes 25 s, with 2 s more for what collectors are sent, and the supervisors' files in deploy/ give it 30 s.
    /// </summary>
    public static readonly TimeSpan EndOfPrograms = TimeSpan.FromSeconds(5);

    /// <summary>The longest wait for requests in flight when the gateway ends. Connections that are open then are cut.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// The time for which the listening sockets and the programs of functions are kept for the next gateway after this one has ended. Zero, the default, keeps
    /// nothing: clients of a gateway that has been stopped are to be refused at once, so that they go elsewhere.
    /// </summary>
    public TimeSpan Keep { get; init; }

    /// <summary>Whether this gateway takes over from one of the same configuration folder that still runs, which then ends.</summary>
    public bool TakeOver { get; init; }

    /// <summary>Reads the section.</summary>
    public static RestartOptions Read(SectionReader section)
    {
        var defaults = new RestartOptions();
        var restart = new RestartOptions
        {
            Drain = section.Duration("Drain", TimeSpan.Zero, TimeSpan.FromDays(1)) ?? defaults.Drain,
            Keep = section.Duration("Keep", TimeSpan.Zero, TimeSpan.FromMinutes(10)) ?? defaults.Keep,
            TakeOver = section.Flag("TakeOver") ?? defaults.TakeOver,
        };
        section.End();
        return restart;
    }
}
