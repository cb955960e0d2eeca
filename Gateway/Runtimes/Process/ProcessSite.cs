namespace Gateway.Runtimes.Process;

/// <summary>Where and as whom the instances of a function run.</summary>
/// <param name="Groups">Keeps their processes together.</param>
/// <param name="Doors">Counts those that wait.</param>
/// <param name="User">The user that the program runs as, or null for the gateway's own.</param>
/// <param name="WorkingDirectory">The absolute path of the directory that it begins in.</param>
/// <param name="Build">Tells what would be executed now (<see cref="IInstance.Build"/>).</param>
internal sealed record ProcessSite(ProcessGroups Groups, ProcessDoors Doors, FunctionUser? User, string WorkingDirectory, Func<string> Build);
