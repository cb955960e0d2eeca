using Gateway.Configuration;
using Gateway.Configuration.Schema;

namespace Gateway.Runtimes.Engines.Reading;

/// <summary>Reads <c>Capabilities</c>: the capabilities that a container's programs may have, and no others.</summary>
internal static class CapabilityReader
{
    private const string Key = "Capabilities";
    private const string Prefix = "CAP_";

    /// <summary>All capabilities of Linux 5.9 and later (include/uapi/linux/capability.h), as engines name them.</summary>
    private static readonly string[] s_all =
    [
        "AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE", "BLOCK_SUSPEND", "BPF", "CHECKPOINT_RESTORE", "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER",
        "KILL", "LEASE", "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_RAW", "PERFMON", "SETFCAP", "SETGID", "SETPCAP",
        "SETUID", "SYSLOG", "SYS_ADMIN", "SYS_BOOT", "SYS_CHROOT", "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "WAKE_ALARM",
    ];

    private static readonly TextFormat s_written =
        new($"^(?:{TextFormat.AnyCase(Prefix)})?(?:{string.Join('|', s_all.Select(TextFormat.AnyCase))})$", s_all);

    /// <summary>Reads the capabilities in alphabetical order, or returns the default if the key is left out.</summary>
    public static IReadOnlyList<string> Read(SectionReader function)
    {
        if (!function.Has(Key))
        {
            return ContainerRunOptions.DefaultCapabilities;
        }

        SortedSet<string> read = new(StringComparer.Ordinal);
        foreach (var item in function.List(Key, s_written))
        {
            var name = item.Value.ToUpperInvariant();
            name = name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : name;
            if (s_all.Contains(name, StringComparer.Ordinal))
            {
                read.Add(name);
            }
            else
            {
                var near = Suggestion.For(name, s_all) is { } known ? $"; did you mean '{known}'?" : "; write names as capabilities(7) has them, e.g. \"NET_RAW\".";
                function.Error(item, $"{ReadContext.Quote(item.Value)} is no capability{near}");
            }
        }

        return [.. read];
    }
}
