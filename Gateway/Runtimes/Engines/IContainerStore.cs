namespace Gateway.Runtimes.Engines;

/// <summary>
/// Gives the instances of one function their containers, and takes them back: those that the gateway makes (<see cref="ContainerPool"/>), or the user's own one
/// (<see cref="Existing.ExistingContainer"/>).
/// </summary>
internal interface IContainerStore
{
    /// <summary>Gets what the containers are now. It is null before the first preparation, and when the function no longer belongs to this engine.</summary>
    ContainerSpec? Spec { get; }

    /// <summary>Counts the containers that wait behind their gates.</summary>
    WaitingPlaces Door { get; }

    /// <summary>Notes that the engine does not start containers of the function with a gate.</summary>
    /// <param name="why">One sentence without a full stop.</param>
    void RefuseGate(string why);

    /// <summary>Returns another container in place of one that the engine no longer has.</summary>
    /// <exception cref="RuntimeException">There is none.</exception>
    Task<Container> ReplaceAsync(Container gone, CancellationToken cancellationToken);

    /// <summary>Takes back a container whose run is over. Returns true if it rests now, and false if it no longer fits and has to be removed.</summary>
    /// <param name="container">The container.</param>
    /// <param name="byOthers">Whether somebody else has ended the run.</param>
    bool Return(Container container, bool byOthers = false);

    /// <summary>Forgets that a container is in use, because it is gone, or still runs but no instance of ours uses it.</summary>
    void Release(Container container);

    /// <summary>Does the same as <see cref="Release"/> for a container that could not be ended.</summary>
    void Doom(Container container);

    /// <summary>Takes back a container that does not start.</summary>
    void Discard(Container container, BackgroundWork work);

    /// <summary>Makes the next container ahead, where that is to be.</summary>
    Task RefillAsync(CancellationToken cancellationToken);

    /// <summary>Removes a container that <see cref="Return"/> has not taken.</summary>
    Task RemoveAsync(Container container, CancellationToken cancellationToken);
}
