using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace Gateway.Runtimes.Engines.Gates;

/// <summary>
/// The gates of one engine's containers: what stands before a container's program until it is wanted, and how it is told to let it through. A
/// <see cref="Container"/> that is given to these methods has a gate.
/// </summary>
internal interface IGates
{
    /// <summary>Gets what of the gates is part of the hash of the containers that have one, since others cannot be told to go.</summary>
    string Identity { get; }

    /// <summary>
    /// Gets whether a gate listens at the address of the container's program while it waits. Then nothing there may be taken for the program before the gate was told
    /// to go. From then on nobody but the program can be.
    /// </summary>
    bool ListensForProgram { get; }

    /// <summary>Returns why a function's containers can have no gate, in one sentence without a full stop, or null if they can.</summary>
    /// <param name="run">The function's options.</param>
    /// <param name="facts">What the engine says about itself, or null if it has not been asked.</param>
    string? WhyNot(ContainerRunOptions run, EngineFacts? facts);

    /// <summary>Makes a new gate, for a container that is about to be made. Until <see cref="Made"/> it is not taken for a leftover.</summary>
    /// <returns>Returns its name, which becomes a label of the container.</returns>
    /// <exception cref="GateRefusedException">It cannot be made.</exception>
    string Make();

    /// <summary>Gives the container the gate as its entry point.</summary>
    /// <param name="parameters">The parameters of a container, which are changed.</param>
    /// <param name="gate">The gate's name.</param>
    /// <param name="program">The container's program with its arguments, at least one.</param>
    /// <param name="port">The port that the program listens on.</param>
    void AddTo(CreateContainerParameters parameters, string gate, IReadOnlyList<string> program, int port);

    /// <summary>Puts into a new container what its gate needs there.</summary>
    /// <exception cref="GateRefusedException">The engine refused.</exception>
    Task FurnishAsync(string container, CancellationToken cancellationToken);

    /// <summary>Notes to which container a new gate belongs, or removes it if there is none.</summary>
    void Made(string gate, string? container);

    /// <summary>Returns true if it is the gate for which the engine refused to make or start a container.</summary>
    bool IsMeant(string gate, DockerApiException refusal);

    /// <summary>Returns true if the gate can be told to go, should it wait.</summary>
    bool CanTell(string gate);

    /// <summary>Prepares the gate of a container that is about to be started.</summary>
    /// <param name="container">The container, which does not run.</param>
    /// <param name="letsThrough">Whether the program is executed at once, or waits.</param>
    /// <returns>A task that returns what holds the word to go, which has to be kept until the program is there, or null.</returns>
    /// <exception cref="GateRefusedException">It cannot be prepared.</exception>
    ValueTask<IDisposable?> PrepareAsync(Container container, bool letsThrough, CancellationToken cancellationToken);

    /// <summary>Waits until the gate of a container that has just been started waits. Returns false if it does not in time, or has ended.</summary>
    /// <param name="limit">The longest wait.</param>
    /// <exception cref="GateRefusedException">It cannot be found out.</exception>
    Task<bool> AwaitAsync(Container container, TimeSpan limit, CancellationToken cancellationToken);

    /// <summary>Returns true if the gate waits now. Its program gets nothing of that question.</summary>
    /// <exception cref="RuntimeException">Nobody can know.</exception>
    ValueTask<bool> IsWaitingAsync(Container container, CancellationToken cancellationToken);

    /// <summary>Tells the gate that waits to go. Returns false if none waits.</summary>
    /// <param name="endpoint">The address of the container's program.</param>
    /// <exception cref="RuntimeException">It waits, and cannot be told.</exception>
    ValueTask<bool> TryTellAsync(Container container, IPEndPoint endpoint, CancellationToken cancellationToken);

    /// <summary>Tells the gate to go of a container that somebody else may have started in this moment, so that it may not wait yet.</summary>
    /// <param name="endpoint">The address of the container's program.</param>
    /// <returns>A task that returns what holds the word to go, which has to be kept until the program is there, or null.</returns>
    /// <exception cref="RuntimeException">It cannot be told.</exception>
    ValueTask<IDisposable?> TellAheadAsync(Container container, IPEndPoint endpoint, CancellationToken cancellationToken);

    /// <summary>Removes what is kept for a container that is gone. It does nothing if it has no gate.</summary>
    void RemoveOf(string container);

    /// <summary>Returns the gates whose containers have been made, for <see cref="Sweep"/>.</summary>
    IReadOnlyList<string> Existing();

    /// <summary>Removes the gates that no container has.</summary>
    /// <param name="existing">What <see cref="Existing"/> returned before the containers were listed.</param>
    /// <param name="used">The gates of the containers, by container.</param>
    void Sweep(IReadOnlyList<string> existing, IReadOnlyDictionary<string, string> used);
}
