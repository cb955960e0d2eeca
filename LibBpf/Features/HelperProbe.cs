using System.Runtime.InteropServices;
using LibBpf.Native;

namespace LibBpf;

/// <summary>
/// Checks libbpf's answer that a helper exists. libbpf reads the verifier's log, whose texts newer kernels have changed: libbpf 1.1 takes
/// "program of this type cannot use helper" (Linux 6.11) for a complaint about something else, and so reports that the helper exists.
/// </summary>
internal static unsafe class HelperProbe
{
    private const int LogSize = 4096;

    // linux/bpf.h, struct bpf_insn: BPF_JMP | BPF_CALL and BPF_JMP | BPF_EXIT; the helper's number is the immediate.
    private const ulong Call = 0x85, Exit = 0x95;

    internal static bool IsRefused(BpfProgramType type, BpfHelper helper)
    {
        var instructions = stackalloc ulong[] { Call | (ulong)(uint)helper << 32, Exit };
        var log = stackalloc byte[LogSize];
        log[0] = 0;
        var options = new bpf_prog_load_opts
        {
            sz = (nuint)sizeof(bpf_prog_load_opts),
            expected_attach_type = Place(type),
            log_level = 1,
            log_size = LogSize,
            log_buf = log,
        };
        var result = NativeBpf.bpf_prog_load(type, null, "GPL", instructions, 2, &options);
        if (result >= 0)
        {
            new FileDescriptor(result).Dispose();
            return false;
        }
        return Marshal.PtrToStringUTF8((nint)log)!.Contains("program of this type cannot use helper ", StringComparison.Ordinal);
    }

    // These are not even looked at without one.
    private static BpfAttachType Place(BpfProgramType type) => type switch
    {
        BpfProgramType.BPF_PROG_TYPE_CGROUP_SOCK_ADDR => BpfAttachType.BPF_CGROUP_INET4_CONNECT,
        BpfProgramType.BPF_PROG_TYPE_CGROUP_SOCKOPT => BpfAttachType.BPF_CGROUP_GETSOCKOPT,
        BpfProgramType.BPF_PROG_TYPE_SK_LOOKUP => BpfAttachType.BPF_SK_LOOKUP,
        _ => default,
    };
}
