using System.Runtime.InteropServices;
using System.Text;
using LibBpf.Native;

namespace LibBpf;

/// <summary>
/// An <see cref="OpenBpfObject"/> is an object file that libbpf has read and the kernel has not: what can be set only before loading is set here.
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

    /// <summary>
    /// Gets the owner of the native <c>struct bpf_object *</c>, which is the handle's value, for calls that this library lacks. This object, and
    /// after <see cref="Load"/> the loaded one, disposes it; hold it with <see cref="SafeHandle.DangerousAddRef"/> for as long as you use the pointer.
    /// </summary>
    public SafeHandle Handle => _handle;

    /// <summary>Reads an ELF object file as clang makes it with <c>-target bpf</c>.</summary>
    /// <param name="path">The file. Its name up to the first dot is the object's name.</param>
    /// <returns>The open object, which is to be disposed.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="BpfException">libbpf is missing, or does not accept the object.</exception>
    public static OpenBpfObject FromFile(string path) => FromMemory(File.ReadAllBytes(path), Path.GetFileName(path).Split('.')[0]);

    /// <summary>Reads an ELF object as clang makes it with <c>-target bpf</c>.</summary>
    /// <param name="image">The bytes of the object file; they are not used after the call.</param>
    /// <param name="name">The object's name, which errors quote, and which prefixes the names of its data maps in bpftool.</param>
    /// <returns>The open object, which is to be disposed.</returns>
    /// <exception cref="BpfException">libbpf is missing, or does not accept the object.</exception>
    public static OpenBpfObject FromMemory(ReadOnlySpan<byte> image, string name)
    {
        LibBpfLibrary.EnsureAvailable();
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
            var pointer = NativeLibBpf.bpf_object__open_mem(start, (nuint)image.Length, &options);
            var errno = Marshal.GetLastPInvokeError();
            if (pointer == 0)
            {
                NativeMemory.Free(log);
                throw BpfError.FromErrno($"opening {name}", errno);
            }
            return new OpenBpfObject(name, new BpfObjectHandle(pointer), log);
        }
    }

    /// <summary>Sets a section of read-only data, as <c>.rodata.config</c>, that holds one variable. The verifier takes its values as constants.</summary>
    /// <typeparam name="T">The layout of the variable; its size must be the section's.</typeparam>
    /// <param name="section">The section's name.</param>
    /// <param name="value">The variable's value.</param>
    /// <exception cref="ArgumentException">The section has another size.</exception>
    /// <exception cref="BpfException">There is no such section.</exception>
    /// <exception cref="ObjectDisposedException">This object was disposed, or spent by <see cref="Load"/> and the loaded one disposed.</exception>
    public void SetReadOnlyData<T>(string section, in T value) where T : unmanaged
    {
        nuint size;
        var data = NativeLibBpf.bpf_map__initial_value(FindMap(section), &size);
        if (data is null || size != (nuint)sizeof(T))
        {
            throw new ArgumentException($"{section} of {_name} has {size} bytes, {typeof(T).Name} has {sizeof(T)}.", nameof(value));
        }
        *(T*)data = value;
    }

    /// <summary>Sets how many entries a map can hold.</summary>
    /// <param name="map">The map's name.</param>
    /// <param name="count">1 or more; for a ring buffer its bytes, a power of 2 and a multiple of the page size.</param>
    /// <exception cref="BpfException">There is no such map.</exception>
    public void SetMaxEntries(string map, uint count) =>
        BpfError.Check(NativeLibBpf.bpf_map__set_max_entries(FindMap(map), count), $"sizing map {map} of {_name}");

    /// <summary>Sets whether <see cref="Load"/> loads a program. Without a call it does.</summary>
    /// <param name="program">The program's name.</param>
    /// <param name="autoload">Whether it is loaded.</param>
    /// <exception cref="BpfException">There is no such program.</exception>
    public void SetAutoload(string program, bool autoload) =>
        BpfError.Check(NativeLibBpf.bpf_program__set_autoload(FindProgram(program), autoload), $"choosing program {program} of {_name}");

    /// <summary>Has <see cref="Load"/> load one program alone, or none.</summary>
    /// <param name="program">The program's name; null: none.</param>
    /// <exception cref="BpfException">There is no such program.</exception>
    public void SetAutoloadOnly(string? program)
    {
        for (var each = NativeLibBpf.bpf_object__next_program(_handle, 0); each != 0; each = NativeLibBpf.bpf_object__next_program(_handle, each))
        {
            BpfError.Check(NativeLibBpf.bpf_program__set_autoload(each, false), $"leaving out a program of {_name}");
        }
        if (program is not null)
        {
            SetAutoload(program, true);
        }
    }

    /// <summary>Has <see cref="Load"/> leave out a map. A program that would use it all the same is refused.</summary>
    /// <param name="map">The map's name.</param>
    /// <exception cref="BpfException">There is no such map.</exception>
    public void LeaveOutMap(string map) =>
        BpfError.Check(NativeLibBpf.bpf_map__set_autocreate(FindMap(map), false), $"leaving out map {map} of {_name}");

    /// <summary>
    /// Takes the maps of another object in place of own ones of the same name, where that one has them. Read-only data and
    /// other sections stay each object's own.
    /// </summary>
    /// <param name="other">The object whose maps are taken. They live until the last object that has them is disposed.</param>
    /// <exception cref="BpfException">A map of that name is of another kind.</exception>
    /// <exception cref="ObjectDisposedException">The other object was disposed.</exception>
    public void ShareMaps(BpfObject other)
    {
        for (var map = NativeLibBpf.bpf_object__next_map(_handle, 0); map != 0; map = NativeLibBpf.bpf_object__next_map(_handle, map))
        {
            var name = Marshal.PtrToStringUTF8((nint)NativeLibBpf.bpf_map__name(map))!;
            if (!NativeLibBpf.bpf_map__is_internal(map) && other.FindMap(name) is { } shared)
            {
                using var lease = shared.Lease();
                BpfError.Check(NativeLibBpf.bpf_map__reuse_fd(map, shared.Descriptor), $"sharing map {name} with {_name}");
            }
        }
    }

    /// <summary>Declares that an XDP program can do with seeing only the first buffer of a packet that has several. Linux 5.18 has it.</summary>
    /// <param name="program">The program's name.</param>
    /// <exception cref="BpfException">There is no such program.</exception>
    public void SetXdpFragments(string program)
    {
        var pointer = FindProgram(program);
        var flags = NativeLibBpf.bpf_program__flags(pointer) | BpfFlags.BPF_F_XDP_HAS_FRAGS;
        BpfError.Check(NativeLibBpf.bpf_program__set_flags(pointer, flags), $"allowing fragments in program {program} of {_name}");
    }

    /// <summary>Creates the maps and loads the programs. This object is spent afterwards, whatever comes of it.</summary>
    /// <param name="what">What an error calls it; null: the object's name.</param>
    /// <returns>The loaded object, which is to be disposed.</returns>
    /// <exception cref="BpfException">The kernel refused; <see cref="BpfException.VerifierLog"/> says why if the verifier did.</exception>
    /// <exception cref="ObjectDisposedException">This object is spent already, or was disposed.</exception>
    public BpfObject Load(string? what = null)
    {
        ObjectDisposedException.ThrowIf(_verifierLog is null, this);
        LibBpfLog.ForgetLastWarning();
        try
        {
            var result = NativeLibBpf.bpf_object__load(_handle);
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
        BpfError.CheckPointer(NativeLibBpf.bpf_object__find_map_by_name(_handle, name), $"finding map {name} in {_name}");

    private nint FindProgram(string name) =>
        BpfError.CheckPointer(NativeLibBpf.bpf_object__find_program_by_name(_handle, name), $"finding program {name} in {_name}");
}
