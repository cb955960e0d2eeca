namespace Gateway;

/// <summary>One step of the gateway's start.</summary>
/// <param name="Done">The step's name, which says what is true after it.</param>
/// <param name="After">The names of the steps that have to be done before it.</param>
/// <param name="RunAsync">Runs the step.</param>
internal sealed record StartStep(string Done, string[] After, Func<Startup, Task> RunAsync)
{
    /// <summary>Makes a step that is not asynchronous.</summary>
    public static StartStep Of(string done, string[] after, Action<Startup> run) => new(done, after, startup =>
    {
        run(startup);
        return Task.CompletedTask;
    });
}
