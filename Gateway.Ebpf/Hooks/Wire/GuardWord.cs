namespace Gateway.Ebpf.Hooks.Wire;

/// <summary><c>enum hs_guard</c> of bpf/headstart.h: the index of the map <c>guards</c>.</summary>
internal enum GuardWord : uint
{
    Withheld = 0,
    Floors,
    Access,
}
