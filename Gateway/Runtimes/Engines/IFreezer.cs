namespace Gateway.Runtimes.Engines;

/// <summary>A freezer of the kernel's, which an engine's OCI runtime uses too, as seen by who goes ahead of the engine.</summary>
internal interface IFreezer
{
    /// <summary>Lets the processes of a frozen cgroup go on. False when it is not frozen, or that cannot be done here.</summary>
    bool Thaw(string cgroup);

    /// <summary>Has them stand still. False when they cannot be.</summary>
    bool Freeze(string cgroup);

    /// <summary>Has the engine thaw what goes on already.</summary>
    /// <param name="cgroup">The container's cgroup.</param>
    /// <param name="engine">Asks the engine. If it fails, all is as before.</param>
    Task FollowAsync(string cgroup, Func<Task> engine);

    /// <summary>Puts right what a gateway that was killed in <see cref="FollowAsync"/> has left. Nothing happens when it left nothing.</summary>
    void Return(string cgroup);
}
