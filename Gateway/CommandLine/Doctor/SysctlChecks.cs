using Gateway.Configuration;
using Gateway.Listening;
using Gateway.Model;

namespace Gateway.CommandLine.Doctor;

/// <summary>Settings of the kernel's network that the gateway's signals depend on.</summary>
internal static class SysctlChecks
{
    // docs/early-signals.md, "Fast Open": a ClientHello or a Host in the SYN, which else comes a round trip later.
    public static Finding DataInSyn(Examined machine)
    {
        const string Name = "net.ipv4.tcp_fastopen";
        var options = machine.Options;
        // At a function's own address the SYN names it without data.
        var isAsked = options.FastOpen == FastOpen.On || options.Shared.Any(listen => ListenSockets.TakesDataInSyn(options.FastOpen, listen.IsHttps));
        return options.FastOpen == FastOpen.Off ? Finding.Note(Name, "not asked for, because Gateway:FastOpen is Off")
            : ListenSockets.SysctlWithoutServer() is not { } value ? Finding.Ok(Name, "listening sockets may take data in a SYN")
            : Finding.Lack(
                isAsked, Name, $"it is {value}, with which no listening socket takes data in a SYN",
                "clients with TCP Fast Open wake a function of a shared address one round trip later", $"sysctl -w {Name}={value | 2}, or \"FastOpen\": \"Off\"");
    }

    // docs/kernel.md, "While SYN cookies answer".
    public static Finding Backlog(Examined machine)
    {
        const string Name = "net.core.somaxconn";
        return Sysctl.Read(Name) is not { } value ? Finding.Note(Name, "it cannot be read")
            : value >= SteeredSockets.Backlog ? Finding.Ok(Name, $"{value}")
            : Finding.Lack(
                isWanted: true, Name, $"it is {value}, and the gateway asks for queues of {SteeredSockets.Backlog}",
                $"{value} half-open connections instead of {SteeredSockets.Backlog} fill the queue, and then SYN cookies answer, under which no id in a SYN is read", $"sysctl -w {Name}={SteeredSockets.Backlog}");
    }

    // docs/kernel.md, "While SYN cookies answer"; docs/security.md: it has to be 1.
    public static Finding Cookies(Examined machine)
    {
        const string Name = "net.ipv4.tcp_syncookies";
        return Sysctl.Read(Name) switch
        {
            null => Finding.Note(Name, "it cannot be read"),
            1 => Finding.Ok(Name, "1"),
            var value => Finding.Lack(
                isWanted: true, Name, $"it is {value}",
                value == 0 ? "while the queue of half-open connections is full, which 70 forged SYNs a second do, SYNs are dropped: their clients are neither served nor told of" : "each SYN is answered with a cookie, under which no id in a SYN is read",
                $"sysctl -w {Name}=1"),
        };
    }
}
