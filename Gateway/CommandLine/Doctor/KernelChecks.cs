using Gateway.Configuration;
using Gateway.Model;

namespace Gateway.CommandLine.Doctor;

/// <summary>What the kernel's programs can do here. With <c>Ebpf:Mode</c> <c>Off</c> nothing of it is wanted.</summary>
internal static class KernelChecks
{
    /// <summary>The first version with all helpers that the programs call (docs/kernel.md, "Which kernels").</summary>
    private static readonly Version s_oldest = new(5, 15);

    public static Finding Release(Examined machine)
    {
        var version = Environment.OSVersion.Version;
        var found = $"Linux {version.ToString(3)}";
        // Distributions port features back, so the programs have the last word.
        return version >= s_oldest ? Finding.Ok("kernel", found) : Finding.Note("kernel", $"{found}, and kernel signals came with {s_oldest}, unless this distribution has them");
    }

    // benchmarks/results/coldstart.md, at a ping of 25 ms: TLS 1.3 on Docker's host network is penalised 53.5 ms by the SYN and 77.5 by the ClientHello, HTTP on its bridge
    // 197.9 by the SYN and 224.8 by the request.
    public static Finding Syns(Examined machine) => Judge(
        machine, "SYN", machine.Kernel.CgroupRoot is null ? "cgroup v2 is not mounted, where sock_ops would be attached" : machine.WhyNot("sock_ops"), "sock_ops hears SYNs on every interface",
        (machine.Options.Ebpf.Mode == EbpfMode.Required ? "the gateway does not start, because Gateway:Ebpf:Mode is Required; " : "")
        + "no kernel signals: a cold start at a ping of 25 ms costs 24 ms more over TLS and 27 ms more over plain HTTP, which is the round trip in which nothing starts (docs/benchmarks.md)");

    // docs/cold-start.md, "Order of a start": the probes.
    public static Finding Listens(Examined machine) => Judge(
        machine, "listen()",
        machine.Kernel.HearsListen ? null
        : machine.WhyNot("sock_ops") ?? (machine.Kernel.CgroupRoot is not { } root ? "cgroup v2 is not mounted"
            : machine.Kernel.IsMachineRoot ? machine.Program("sock_ops")?.Why ?? "this kernel does not tell sock_ops of the cgroup" : $"{root} is not the machine's cgroup root, and listen() outside of it is not heard"),
        "listen() inside functions is heard", "each start is found ready by probes 1 to 100 ms apart (docs/cold-start.md)");

    // docs/kernel.md, "Ten thousand addresses, two sockets".
    public static Finding Steering(Examined machine) => Judge(
        machine, "steering", machine.WhyNot("sk_lookup"), "sk_lookup steers all Listen addresses of functions to two sockets",
        "each Listen address of a function is a socket and a descriptor of its own, and has to be an address of this machine (docs/kernel.md)");

    // docs/kernel.md, "Which kernels"; docs/early-signals.md has the 0.44 ms.
    public static Finding Packets(Examined machine)
    {
        const string Name = "names in packets";
        if (machine.Options.Ebpf.Xdp == XdpMode.Off)
        {
            return Finding.Note(Name, "not read, because Gateway:Ebpf:Xdp is Off");
        }

        if (!machine.Kernel.Devices.Any(device => device.IsWanted && device.WhyNot is null))
        {
            return Finding.Note(Name, "no network card takes XDP here, so that the kernel reads no ids, names and ClientHellos in packets; sock_ops and the gateway do");
        }

        var lacking = machine.WhyNot("xdp") ?? (machine.Program("xdp") is { Outcome: "reduced" } reduced ? reduced.Why : null);
        return Judge(
            machine, Name, lacking, "XDP reads ids, names in data and ClientHellos in packets",
            "SYNs to an address that functions share are named by returning clients only, and a ClientHello wakes 0.44 ms later (docs/early-signals.md)");
    }

    private static Finding Judge(Examined machine, string name, string? why, string good, string cost)
    {
        var finding = why is null ? Finding.Ok(name, good) : Finding.Lack(machine.WantsKernel, name, why.TrimEnd('.'), cost, Mend(machine));
        return machine.WantsKernel ? finding : Finding.Note(name, $"{finding.Found}; not used, because Gateway:Ebpf:Mode is Off");
    }

    private static string Mend(Examined machine) =>
        machine.Kernel.LacksLibrary ? "apt-get install libbpf1"
        : machine.Kernel.CgroupRoot is null ? "mount -t cgroup2 none /sys/fs/cgroup"
        : CapabilityChecks.MissingForKernel(machine.Rights) is { } missing ? CapabilityChecks.Give(missing)
        : !machine.Kernel.IsMachineRoot ? "mount the machine's /sys/fs/cgroup into the container, as docker-compose.yml does"
        : machine.Kernel.WhyNone is not null ? "run it in the machine's own user namespace, with a seccomp profile that lets bpf(2) through (docs/operating.md, \"Capabilities\")"
        : "boot a newer Linux: 5.15 for sock_ops and sk_lookup, 5.18 for names in packets (docs/kernel.md)";
}
