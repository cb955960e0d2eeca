namespace Gateway.Runtimes.Engines;

/// <summary>A freezer of the kernel, which the engine's OCI runtime uses too, for wakes that go ahead of the engine.</summary>
internal interface IFreezer
{
    /// <summary>Thaws the processes of a frozen cgroup. Returns false if the cgroup is not frozen, or cannot be thawed here.</summary>
    bool Thaw(string cgroup);

    /// <summary>Undoes <see cref="Freeze"/>, whatever the engine can be made to do afterwards.</summary>
    void Unfreeze(string cgroup);

    /// <summary>Returns whether the processes of a cgroup are frozen, or about to be; true if that cannot be found out.</summary>
    bool IsFrozen(string cgroup);

    /// <summary>Freezes the processes of a cgroup. Returns false if they cannot be frozen.</summary>
    bool Freeze(string cgroup);

    /// <summary>Makes the engine thaw a container whose processes run already.</summary>
    /// <param name="cgroup">The container's cgroup.</param>
    /// <param name="engine">Asks the engine to thaw the container. If it fails, everything is as before.</param>
    Task FollowAsync(string cgroup, Func<Task> engine);

    /// <summary>Repairs what a gateway left that was killed during <see cref="FollowAsync"/>. It does nothing if there is nothing to repair.</summary>
    void Return(string cgroup);
}
