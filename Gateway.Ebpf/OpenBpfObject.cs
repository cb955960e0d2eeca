using System.Runtime.InteropServices;
using System.Text;
using Gateway.Ebpf.Native;

namespace Gateway.Ebpf;

/// <summary>
/// An object file that libbpf has read and the kernel has not: what can be set only before loading is set here.
/// <see cref="Load"/> turns it into a <see cref="BpfObject"/>. Not thread safe.
/// </summary>
public sealed unsafe class OpenBpfObject : IDisposable
{
    // Touched only as far as the verifier writes; 16 MiB - 1 is the most that kernels before 5.17 take.
    private const int VerifierLogSize = 4 * 1024 * 1024;

    private readonly string _name;
    private readonly BpfObjectHandle _handle;
    private byte* _verifierLog;

    private OpenBpfObject(string name, BpfObjectHandle handle, byte* verifierLog)
    {
        _name = name;
        _handle = handle;
        _verifierLog = verifierLog;
    }

    /// <summary>Reads an ELF object as clang makes it. <paramref name="name"/> prefixes the names of its data maps in bpftool.</summary>
    /// <exception cref="BpfException">libbpf is missing, or does not accept the object.</exception>
    public static OpenBpfObject FromMemory(ReadOnlySpan<byte> image, string name)
    {
        LibBpfLog.Install();
        var log = (byte*)NativeMemory.Alloc(VerifierLogSize);
        log[0] = 0;
        var utf8Name = Encoding.UTF8.GetBytes(name + '\0');
        fixed (byte* start = image, nameStart = utf8Name)
        {
            var options = new bpf_object_open_opts
            {
                sz = (nuint)sizeof(bpf_object_open_opts),
                object_name = nameStart,
                kernel_log_buf = log,
                kernel_log_size = VerifierLogSize,
            };
            var pointer = LibBpf.bpf_object__open_mem(start, (nuint)image.Length, &options);
            var errno = Marshal.GetLastPInvokeError();
            if (pointer == 0)
            {
                NativeMemory.Free(log);
                throw BpfError.FromErrno($"opening {name}", errno);
            }
            return new OpenBpfObject(name, new BpfObjectHandle(pointer), log);
        }
    }

    /// <summary>Sets a section of read-only data, as <c>.rodata.config</c>, that holds one variable of this layout. The verifier takes its values as constants.</summary>
    /// <exception cref="ArgumentException">The section has another size.</exception>
    public void SetReadOnlyData<T>(string section, in T value) where T : unmanaged
    {
        nuint size;
        var data = LibBpf.bpf_map__initial_value(FindMap(section), &size);
        if (data is null || size != (nuint)sizeof(T))
        {
            throw new ArgumentException($"{section} of {_name} has {size} bytes, {typeof(T).Name} has {sizeof(T)}.", nameof(value));
        }
        *(T*)data = value;
    }

    /// <summary>Sets how many entries a map can hold: 1 or more; a hash's memory is taken as it fills, an array's at once.</summary>
    public void SetMaxEntries(string map, uint count) =>
        BpfError.Check(LibBpf.bpf_map__set_max_entries(FindMap(map), count), $"sizing map {map} of {_name}");

    /// <summary>Says whether <see cref="Load"/> loads the program. Without a call it does.</summary>
    public void SetAutoload(string program, bool autoload) =>
        BpfError.Check(LibBpf.bpf_program__set_autoload(FindProgram(program), autoload), $"choosing program {program} of {_name}");

    /// <summary>Has <see cref="Load"/> load this program alone, or none for null.</summary>
    public void SetAutoloadOnly(string? program)
    {
        for (var each = LibBpf.bpf_object__next_program(_handle, 0); each != 0; each = LibBpf.bpf_object__next_program(_handle, each))
        {
            BpfError.Check(LibBpf.bpf_program__set_autoload(each, false), $"leaving out a program of {_name}");
        }
        if (program is not null)
        {
            SetAutoload(program, true);
        }
    }

    /// <summary>Has <see cref="Load"/> leave out a map. A program that would use it all the same is refused.</summary>
    public void LeaveOutMap(string map) =>
        BpfError.Check(LibBpf.bpf_map__set_autocreate(FindMap(map), false), $"leaving out map {map} of {_name}");

    /// <summary>
    /// Takes the maps of another object in place of own ones of the same name, where that one has them. Read-only data and
    /// other sections stay each object's own.
    /// </summary>
    /// <exception cref="BpfException">A map of that name is of another kind.</exception>
    public void ShareMaps(BpfObject other)
    {
        for (var map = LibBpf.bpf_object__next_map(_handle, 0); map != 0; map = LibBpf.bpf_object__next_map(_handle, map))
        {
            var name = Marshal.PtrToStringUTF8((nint)LibBpf.bpf_map__name(map))!;
            if (!LibBpf.bpf_map__is_internal(map) && other.TryFindMap(name) is { } shared)
            {
                using var lease = shared.Lease();
                BpfError.Check(LibBpf.bpf_map__reuse_fd(map, shared.Descriptor), $"sharing map {name} with {_name}");
            }
        }
    }

    /// <summary>Says that an XDP program may see only the first buffer of a packet that has several. Linux 5.18.</summary>
    public void SetXdpFragments(string program)
    {
        var pointer = FindProgram(program);
        var flags = LibBpf.bpf_program__flags(pointer) | BpfFlags.BPF_F_XDP_HAS_FRAGS;
        BpfError.Check(LibBpf.bpf_program__set_flags(pointer, flags), $"allowing fragments in program {program} of {_name}");
    }

    /// <summary>Creates the maps and loads the programs. This object is spent afterwards, whatever comes of it.</summary>
    /// <param name="what">What an error calls it; null: the object's name.</param>
    /// <exception cref="BpfException">The kernel refused; <see cref="BpfException.VerifierLog"/> says why if the verifier did.</exception>
    public BpfObject Load(string? what = null)
    {
        ObjectDisposedException.ThrowIf(_verifierLog is null, this);
        LibBpfLog.ForgetLastWarning();
        try
        {
            var result = LibBpf.bpf_object__load(_handle);
            var log = result < 0 ? Marshal.PtrToStringUTF8((nint)_verifierLog) : null;
            BpfError.Check(result, $"loading {what ?? _name} into the kernel", log);
            return new BpfObject(_name, _handle);
        }
        catch
        {
            _handle.Dispose();
            throw;
        }
        finally
        {
            FreeLog();
        }
    }

    /// <summary>Releases an object that was not loaded. After <see cref="Load"/> it does nothing.</summary>
    public void Dispose()
    {
        if (_verifierLog is not null)
        {
            _handle.Dispose();
            FreeLog();
        }
    }

    private void FreeLog()
    {
        NativeMemory.Free(_verifierLog);
        _verifierLog = null;
    }

    private nint FindMap(string name) =>
        BpfError.CheckPointer(LibBpf.bpf_object__find_map_by_name(_handle, name), $"finding map {name} in {_name}");

    private nint FindProgram(string name) =>
        BpfError.CheckPointer(LibBpf.bpf_object__find_program_by_name(_handle, name), $"finding program {name} in {_name}");
}
