namespace Gateway;

/// <summary>One step of the gateway's start.</summary>
/// <param name="Done">What holds when it is over: its name.</param>
/// <param name="After">The steps, by their names, that have to be over before it begins.</param>
/// <param name="RunAsync">Does it.</param>
internal sealed record StartStep(string Done, string[] After, Func<Startup, Task> RunAsync)
{
    /// <summary>A step that waits for nothing.</summary>
    public static StartStep Of(string done, string[] after, Action<Startup> run) => new(done, after, startup =>
    {
        run(startup);
        return Task.CompletedTask;
    });
}
