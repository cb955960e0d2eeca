namespace Gateway.Runtimes.Process;

/// <summary>A program that can be given to the next gateway.</summary>
internal interface IGivableProcess
{
    /// <summary>Gets a task that completes when the program answers or has ended. Before that it cannot be given.</summary>
    Task ReadyToGive { get; }

    /// <summary>Gives the program, which this gateway neither rests nor stops from here on.</summary>
    /// <returns>Returns null if it has ended, or is being stopped.</returns>
    GivenInstance? Give();
}
