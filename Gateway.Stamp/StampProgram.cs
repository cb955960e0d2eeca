using Gateway.Ebpf.Hooks.Wire;
using LibBpf;

namespace Gateway.Stamp;

/// <summary>The kernel program of bpf/stamp.bpf.c, attached to a cgroup.</summary>
internal sealed class StampProgram : IDisposable
{
    private readonly BpfObject _object;
    private readonly BpfLink _link;

    private StampProgram(BpfObject loaded, BpfLink link) => (_object, _link) = (loaded, link);

    /// <summary>Loads the program and attaches it.</summary>
    /// <exception cref="BpfException">A capability, or the kernel's support (Linux 5.10), is missing.</exception>
    public static StampProgram Attach(string cgroup, IReadOnlyList<StampTarget> targets)
    {
        using var open = OpenBpfObject.FromMemory(Image(), "stamp");
        var loaded = open.Load();
        try
        {
            var stamps = loaded.HashMap<DestinationKey, StampRecord>("stamps");
            foreach (var target in targets)
            {
                stamps.Set(target.Destination, target.Record());
            }

            return new StampProgram(loaded, loaded.Program("hs_stamp").AttachCgroup(cgroup));
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    /// <summary>Reads how many SYNs had each outcome so far.</summary>
    public IReadOnlyDictionary<Stamped, long> Counts()
    {
        var counts = _object.PerCpuArrayMap<ulong>("stamped");
        return Enum.GetValues<Stamped>().ToDictionary(outcome => outcome, outcome => (long)counts.Read((uint)outcome).Aggregate(0UL, (sum, count) => sum + count));
    }

    public void Dispose()
    {
        _link.Dispose();
        _object.Dispose();
    }

    private static byte[] Image()
    {
        using var stream = typeof(StampProgram).Assembly.GetManifestResourceStream("stamp.bpf.o")!;
        var image = new byte[stream.Length];
        stream.ReadExactly(image);
        return image;
    }
}
