namespace Gateway.Runtimes;

/// <summary>The capabilities that the gateway has a use for, by their numbers in linux/capability.h (capabilities(7)).</summary>
internal enum Capability
{
    DacOverride = 1,
    DacReadSearch = 2,
    Kill = 5,
    SetGid = 6,
    SetUid = 7,
    SetPcap = 8,
    NetBindService = 10,
    NetAdmin = 12,
    SysPtrace = 19,
    SysAdmin = 21,
    Perfmon = 38,
    Bpf = 39,
}
