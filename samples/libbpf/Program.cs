using System.Runtime.InteropServices;
using Connects;
using LibBpf;

if (args is not [var cgroup])
{
    Console.Error.WriteLine("Usage: connects CGROUP\nTells of every connect(2) over IPv4 in that directory of cgroup v2, until Ctrl-C.");
    return 2;
}

try
{
    using var open = OpenBpfObject.FromFile(Path.Combine(AppContext.BaseDirectory, "connects.bpf.o"));
    using var loaded = open.Load();
    using var link = loaded.Program("on_connect").AttachCgroup(cgroup);
    using var ring = loaded.RingBuffer("connects", record => Console.WriteLine(MemoryMarshal.Read<Connect>(record)));

    // Ctrl-C and SIGTERM end the loop, so that the objects above are disposed; the kernel would detach the program anyway.
    var ended = false;
    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
    using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
    Console.WriteLine("ready");
    while (!Volatile.Read(ref ended))
    {
        ring.Poll(TimeSpan.FromMilliseconds(500));
    }
    return 0;

    void End(PosixSignalContext context)
    {
        context.Cancel = true;
        Volatile.Write(ref ended, true);
    }
}
catch (BpfException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
