using System.Runtime.InteropServices;

namespace LibBpf.Native;

// Options structs begin with their own size; libbpf takes a shorter one than it knows as "the rest is zero".

/// <summary>bpf/libbpf.h</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct bpf_object_open_opts
{
    public nuint sz;
    public byte* object_name;
    public byte relaxed_maps;
    public byte* pin_root_path;
    private readonly uint _attach_prog_fd; // removed from libbpf, its place is kept
    public byte* kconfig;
    public byte* btf_custom_path;
    public byte* kernel_log_buf;
    public nuint kernel_log_size;
    public uint kernel_log_level;
}

/// <summary>bpf/bpf.h, up to <c>flags</c>: links of cgroups and XDP need no more.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct bpf_link_create_opts
{
    public nuint sz;
    public uint flags;
}

/// <summary>bpf/bpf.h</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct bpf_test_run_opts
{
    public nuint sz;
    public void* data_in;
    public void* data_out;
    public uint data_size_in;
    public uint data_size_out;
    public void* ctx_in;
    public void* ctx_out;
    public uint ctx_size_in;
    public uint ctx_size_out;
    public uint retval;
    public int repeat;
    public uint duration;
    public uint flags;
    public uint cpu;
    public uint batch_size;
}

/// <summary>bpf/bpf.h</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct bpf_prog_load_opts
{
    public nuint sz;
    public int attempts;
    public BpfAttachType expected_attach_type;
    public uint prog_btf_fd;
    public uint prog_flags;
    public uint prog_ifindex;
    public uint kern_version;
    public uint attach_btf_id;
    public uint attach_prog_fd;
    public uint attach_btf_obj_fd;
    public int* fd_array;
    public void* func_info;
    public uint func_info_cnt;
    public uint func_info_rec_size;
    public void* line_info;
    public uint line_info_cnt;
    public uint line_info_rec_size;
    public uint log_level;
    public uint log_size;
    public byte* log_buf;
}

/// <summary>bpf/bpf.h</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct bpf_map_batch_opts
{
    public nuint sz;
    public ulong elem_flags;
    public ulong flags;
}
