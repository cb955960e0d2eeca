using Gateway.Tests.Ebpf;
using LibBpf;

namespace Gateway.Tests.LibBpf;

/// <summary>An object with a program and a map of every kind that the bindings know, compiled once.</summary>
internal static class SamplePrograms
{
    private const string Source = """
        #include <linux/bpf.h>
        #include <bpf/bpf_helpers.h>
        struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 2); __type(key, __u32); __type(value, __u64); } pairs SEC(".maps");
        struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, __u64); } plain SEC(".maps");
        struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u32); } runs SEC(".maps");
        struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } ring SEC(".maps");
        const volatile __u32 verdict SEC(".rodata.verdict") = 1;
        SEC("xdp") int give(struct xdp_md *ctx) {
            __u32 zero = 0, *count = bpf_map_lookup_elem(&runs, &zero);
            if (count) (*count)++;
            bpf_ringbuf_output(&ring, &zero, sizeof(zero), 0);
            return verdict;
        }
        SEC("sockops") int idle(struct bpf_sock_ops *ctx) { return 1; }
        """;

    public static readonly byte[] Frame = new byte[64];

    public static readonly byte[] Image = Clang.Bpf(Source);

    public static BpfObject Load()
    {
        using var open = OpenBpfObject.FromMemory(Image, "sample");
        return open.Load();
    }
}
