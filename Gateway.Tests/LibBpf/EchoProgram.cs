using Gateway.Tests.Ebpf;
using LibBpf;
using Xunit;

namespace Gateway.Tests.LibBpf;

/// <summary>A program whose every run writes the packet's first eight bytes to a ring buffer.</summary>
internal static class EchoProgram
{
    private const string Source = """
        #include <linux/bpf.h>
        #include <bpf/bpf_helpers.h>
        struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } ring SEC(".maps");
        SEC("xdp") int echo(struct xdp_md *ctx) {
            void *data = (void *)(long)ctx->data;
            if (data + 8 > (void *)(long)ctx->data_end) return 0;
            __u64 value = *(__u64 *)data;
            return bpf_ringbuf_output(&ring, &value, 8, 0) ? 0 : 2;
        }
        """;

    private static readonly byte[] s_image = Clang.Bpf(Source);

    public static BpfObject Load()
    {
        using var open = OpenBpfObject.FromMemory(s_image, "echo");
        return open.Load();
    }

    public static void Write(BpfObject loaded, ulong value)
    {
        var frame = new byte[64];
        BitConverter.TryWriteBytes(frame, value);
        Assert.Equal(2u, loaded.Program("echo").TestRun(frame).ReturnValue);
    }
}
