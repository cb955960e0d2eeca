using Gateway.Runtimes.Paging;

namespace Gateway.Runtimes.Process;

/// <summary>Where and as whom the instances of a function run.</summary>
/// <param name="Groups">Keeps their processes together.</param>
/// <param name="Door">Counts the instances of the function that wait.</param>
/// <param name="Ahead">Returns how many of them may, or null for no limit. A reload may change it.</param>
/// <param name="PageOut">Pushes their memory out to swap.</param>
/// <param name="User">The user that the program runs as, or null for the gateway's own.</param>
/// <param name="WorkingDirectory">The absolute path of the directory that it begins in.</param>
/// <param name="Build">Tells what would be executed now (<see cref="IInstance.Build"/>).</param>
internal sealed record ProcessSite(ProcessGroups Groups, WaitingPlaces Door, Func<int?> Ahead, PageOut PageOut, FunctionUser? User, string WorkingDirectory, Func<string> Build)
{
    /// <summary>Gets where the last lines of the function's programs are kept.</summary>
    public required OutputRing Output { get; init; }
}
