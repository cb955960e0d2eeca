namespace Gateway.Lab.Reports;

/// <summary>What an instance at rest holds, in MiB, and what it takes to wake it.</summary>
/// <param name="Where">The runtime and the network.</param>
/// <param name="Tier">The tier in which it rests.</param>
/// <param name="Program">The MiB that the program holds once it runs.</param>
/// <param name="Resident">Resident memory of its processes.</param>
/// <param name="PageTables">Page tables of its processes.</param>
/// <param name="Charged">What its memory cgroup is charged; 0 if it has none.</param>
/// <param name="Keeper">Resident memory of the process that waits for its end: the engine's own for its container, or the launcher; 0 if there is none.</param>
/// <param name="KeeperOwn">The part of it that is shared with no other process.</param>
/// <param name="Ready">The median of the milliseconds from the signal of a wake to a program that answers.</param>
public sealed record RestCell(string Where, string Tier, int Program, double Resident, double PageTables, double Charged, double Keeper, double KeeperOwn, double Ready);
