using Gateway.Configuration;
using Gateway.Ebpf.Hooks;
using Gateway.Model;

namespace Gateway.CommandLine.Doctor;

/// <summary>On which network interfaces XDP would be.</summary>
internal static class InterfaceChecks
{
    private const int MostNamed = 6;

    public static IEnumerable<Finding> All(Examined machine)
    {
        var devices = machine.Kernel.Devices;
        return
        [
            .. machine.Options.Ebpf.Interfaces.Where(name => devices.All(device => device.Name != name)).Select(name => Absent(machine, name)),
            .. devices.Where(TakesXdp).Select(device => With(machine, device)),
            .. devices.Any(device => !TakesXdp(device)) ? [Without(machine)] : Array.Empty<Finding>(),
        ];
    }

    private static bool TakesXdp(ExaminedDevice device) => device.IsWanted && device.WhyNot is null;

    // docs/kernel.md has the time.
    private static Finding Absent(Examined machine, string name) => Finding.Lack(
        machine.WantsKernel, $"interface {name}", $"not there; there are {string.Join(", ", machine.Kernel.Devices.Select(device => device.Name).Take(MostNamed))}",
        "until it comes, SYNs are heard 50 to 90 us later, by sock_ops", "ip link shows the names; correct Gateway:Ebpf:Interfaces");

    // Only attaching shows whether a driver has native XDP, and what is attached there already.
    private static Finding With(Examined machine, ExaminedDevice device) => Finding.Note(
        $"interface {device.Name}",
        $"{(device.WhyNoCard is null ? "a network card" : "no network card")} ({(device.Driver.Length == 0 ? "no driver" : device.Driver)}); "
        + (machine.WantsKernel ? $"a start tries {(machine.Options.Ebpf.Xdp == XdpMode.Generic ? "generic" : "native")} XDP there, and event 5001 says what came of it" : "Gateway:Ebpf:Mode is Off"));

    private static Finding Without(Examined machine)
    {
        string[] names = [.. machine.Kernel.Devices.Where(device => !TakesXdp(device)).Select(device => device.Name)];
        var others = names.Length > MostNamed ? $" and {names.Length - MostNamed} more" : "";
        return Finding.Note("interfaces without XDP", $"{string.Join(", ", names.Take(MostNamed))}{others}; {(!machine.WantsKernel ? "Gateway:Ebpf:Mode is Off" : machine.Kernel.CgroupRoot is null || machine.WhyNot("sock_ops") is not null ? "without sock_ops their SYNs are not heard" : "sock_ops hears them")}");
    }
}
