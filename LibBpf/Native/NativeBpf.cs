using System.Runtime.InteropServices;

namespace LibBpf.Native;

/// <summary>bpf/bpf.h: thin wrappers of bpf(2). They return a file descriptor or 0, or a negative errno.</summary>
internal static unsafe partial class NativeBpf
{
    [LibraryImport(NativeLibBpf.Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int bpf_prog_load(BpfProgramType type, string? name, string license, ulong* instructions, nuint count, bpf_prog_load_opts* options);

    [LibraryImport(NativeLibBpf.Library)]
    internal static partial int bpf_link_create(int program, int target, BpfAttachType type, bpf_link_create_opts* options);

    [LibraryImport(NativeLibBpf.Library)]
    internal static partial int bpf_prog_test_run_opts(int program, bpf_test_run_opts* options);

    [LibraryImport(NativeLibBpf.Library)]
    internal static partial int bpf_map_lookup_batch(int map, void* start, void* next, void* keys, void* values, uint* count, bpf_map_batch_opts* options);

    [LibraryImport(NativeLibBpf.Library)]
    internal static partial int bpf_map_update_batch(int map, void* keys, void* values, uint* count, bpf_map_batch_opts* options);

    [LibraryImport(NativeLibBpf.Library)]
    internal static partial int bpf_map_delete_batch(int map, void* keys, uint* count, bpf_map_batch_opts* options);
}
