using System.Runtime.InteropServices;

namespace LibBpf.Native;

/// <summary>bpf/libbpf.h, version 1.0 and later. Calls that return a pointer return NULL and set errno.</summary>
internal static unsafe partial class NativeLibBpf
{
    internal const string Library = "libbpf.so.1";

    [LibraryImport(Library)]
    internal static partial nint libbpf_set_print(delegate* unmanaged<int, byte*, nint, int> print);

    [LibraryImport(Library)]
    internal static partial byte* libbpf_version_string();

    [LibraryImport(Library)]
    internal static partial int libbpf_probe_bpf_helper(BpfProgramType type, BpfHelper helper, void* options);

    [LibraryImport(Library)]
    internal static partial int libbpf_probe_bpf_prog_type(BpfProgramType type, void* options);

    [LibraryImport(Library)]
    internal static partial int libbpf_probe_bpf_map_type(BpfMapType type, void* options);

    [LibraryImport(Library)]
    internal static partial int libbpf_num_possible_cpus();

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint bpf_object__open_mem(byte* image, nuint size, bpf_object_open_opts* options);

    [LibraryImport(Library)]
    internal static partial int bpf_object__load(BpfObjectHandle handle);

    [LibraryImport(Library)]
    internal static partial void bpf_object__close(nint handle);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint bpf_object__find_program_by_name(BpfObjectHandle handle, string name);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint bpf_object__find_map_by_name(BpfObjectHandle handle, string name);

    [LibraryImport(Library)]
    internal static partial nint bpf_object__next_program(BpfObjectHandle handle, nint previous);

    [LibraryImport(Library)]
    internal static partial nint bpf_object__next_map(BpfObjectHandle handle, nint previous);

    [LibraryImport(Library)]
    internal static partial byte* bpf_program__name(nint program);

    [LibraryImport(Library)]
    internal static partial byte* bpf_map__name(nint map);

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool bpf_map__is_internal(nint map);

    [LibraryImport(Library)]
    internal static partial int bpf_map__reuse_fd(nint map, int fd);

    [LibraryImport(Library)]
    internal static partial int bpf_map__set_autocreate(nint map, [MarshalAs(UnmanagedType.U1)] bool autocreate);

    [LibraryImport(Library)]
    internal static partial int bpf_program__set_autoload(nint program, [MarshalAs(UnmanagedType.U1)] bool autoload);

    [LibraryImport(Library)]
    internal static partial uint bpf_program__flags(nint program);

    [LibraryImport(Library)]
    internal static partial int bpf_program__set_flags(nint program, uint flags);

    [LibraryImport(Library)]
    internal static partial BpfProgramType bpf_program__type(nint program);

    [LibraryImport(Library)]
    internal static partial BpfAttachType bpf_program__expected_attach_type(nint program);

    [LibraryImport(Library)]
    internal static partial int bpf_program__fd(nint program);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint bpf_program__attach_tracepoint(nint program, string category, string name);

    [LibraryImport(Library)]
    internal static partial int bpf_link__fd(nint link);

    [LibraryImport(Library)]
    internal static partial int bpf_link__destroy(nint link);

    [LibraryImport(Library)]
    internal static partial int bpf_map__fd(nint map);

    [LibraryImport(Library)]
    internal static partial BpfMapType bpf_map__type(nint map);

    [LibraryImport(Library)]
    internal static partial uint bpf_map__key_size(nint map);

    [LibraryImport(Library)]
    internal static partial uint bpf_map__value_size(nint map);

    [LibraryImport(Library)]
    internal static partial uint bpf_map__map_flags(nint map);

    [LibraryImport(Library)]
    internal static partial uint bpf_map__max_entries(nint map);

    [LibraryImport(Library)]
    internal static partial int bpf_map__set_max_entries(nint map, uint count);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial void* bpf_map__initial_value(nint map, nuint* size);

    [LibraryImport(Library)]
    internal static partial int bpf_map__lookup_elem(nint map, void* key, nuint keySize, void* value, nuint valueSize, ulong flags);

    [LibraryImport(Library)]
    internal static partial int bpf_map__update_elem(nint map, void* key, nuint keySize, void* value, nuint valueSize, ulong flags);

    [LibraryImport(Library)]
    internal static partial int bpf_map__delete_elem(nint map, void* key, nuint keySize, ulong flags);

    [LibraryImport(Library)]
    internal static partial int bpf_map__get_next_key(nint map, void* key, void* next, nuint keySize);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint ring_buffer__new(int map, delegate* unmanaged<nint, void*, nuint, int> callback, nint context, void* options);

    [LibraryImport(Library)]
    internal static partial void ring_buffer__free(nint ring);

    [LibraryImport(Library)]
    internal static partial int ring_buffer__poll(RingBufferHandle ring, int milliseconds);

    [LibraryImport(Library)]
    internal static partial int ring_buffer__consume(RingBufferHandle ring);

    [LibraryImport(Library)]
    internal static partial int ring_buffer__epoll_fd(RingBufferHandle ring);
}
