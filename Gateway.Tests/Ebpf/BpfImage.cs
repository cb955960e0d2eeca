using System.Buffers.Binary;
using System.Text;
using Gateway.Ebpf.Hooks;

namespace Gateway.Tests.Ebpf;

/// <summary>
/// Changes the embedded object file so that this kernel refuses one of its programs or helpers, as an older kernel would. It reads ELF64
/// section headers (elf(5)) and instructions (linux/bpf.h, struct bpf_insn).
/// </summary>
internal static class BpfImage
{
    private const int InstructionSize = 8;
    private const byte Call = 0x85; // BPF_JMP | BPF_CALL

    /// <summary>Returns the file with an invalid first instruction in a section's program.</summary>
    public static byte[] WithoutProgram(params string[] sections)
    {
        var image = Embedded();
        foreach (var section in sections)
        {
            Section(image, section)[0] = 0xff;
        }
        return image;
    }

    /// <summary>Returns the file with a helper that does not exist in place of another one.</summary>
    /// <param name="section">The section of the program that calls it.</param>
    /// <param name="helper">The number of the helper in linux/bpf.h; 0 for none.</param>
    /// <param name="without">Programs that are refused too.</param>
    public static byte[] WithoutHelper(string section, int helper, params string[] without)
    {
        var image = WithoutProgram(without);
        var code = Section(image, section);
        for (var at = 0; at < code.Length; at += InstructionSize)
        {
            var immediate = code.Slice(at + 4, 4);
            if (code[at] == Call && code[at + 1] == 0 && BinaryPrimitives.ReadInt32LittleEndian(immediate) == helper)
            {
                BinaryPrimitives.WriteInt32LittleEndian(immediate, 100_000);
            }
        }
        return image;
    }

    private static Span<byte> Section(byte[] image, string name)
    {
        var headers = (int)BinaryPrimitives.ReadInt64LittleEndian(image.AsSpan(0x28));
        var size = BinaryPrimitives.ReadInt16LittleEndian(image.AsSpan(0x3a));
        var count = BinaryPrimitives.ReadInt16LittleEndian(image.AsSpan(0x3c));
        var names = Contents(image.AsSpan(headers + BinaryPrimitives.ReadInt16LittleEndian(image.AsSpan(0x3e)) * size, size), image);
        for (var i = 0; i < count; i++)
        {
            var header = image.AsSpan(headers + i * size, size);
            var its = names[BinaryPrimitives.ReadInt32LittleEndian(header)..];
            if (Encoding.ASCII.GetString(its[..its.IndexOf((byte)0)]) == name)
            {
                return Contents(header, image);
            }
        }
        throw new ArgumentException($"There is no section {name}.", nameof(name));
    }

    private static Span<byte> Contents(ReadOnlySpan<byte> header, byte[] image) =>
        image.AsSpan((int)BinaryPrimitives.ReadInt64LittleEndian(header[0x18..]), (int)BinaryPrimitives.ReadInt64LittleEndian(header[0x20..]));

    private static byte[] Embedded()
    {
        using var stream = typeof(KernelHooks).Assembly.GetManifestResourceStream("headstart.bpf.o")!;
        var image = new byte[stream.Length];
        stream.ReadExactly(image);
        return image;
    }
}
