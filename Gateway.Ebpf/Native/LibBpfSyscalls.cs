using System.Runtime.InteropServices;

namespace Gateway.Ebpf.Native;

/// <summary>bpf/bpf.h: thin wrappers of bpf(2). They return a file descriptor or 0, or a negative errno.</summary>
internal static unsafe partial class LibBpfSyscalls
{
    [LibraryImport(LibBpf.Library)]
    internal static partial int bpf_link_create(int program, int target, BpfAttachType type, bpf_link_create_opts* options);

    [LibraryImport(LibBpf.Library)]
    internal static partial int bpf_prog_test_run_opts(int program, bpf_test_run_opts* options);

    [LibraryImport(LibBpf.Library)]
    internal static partial int bpf_prog_get_next_id(uint start, uint* next);
}
