using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Gateway.Ebpf.Hooks;
using Gateway.Ebpf.Hooks.Wire;
using Gateway.Ebpf.Native;
using Gateway.Stamp;
using LibBpf;
using LibBpf.Native;
using Xunit;

namespace Gateway.Tests.Ebpf;

/// <summary>Holds every C# mirror of a C struct or enum against the C compiler: sizes, offsets of all fields, values.</summary>
public sealed class LayoutTests
{
    private const string Preamble = """
        #include <stddef.h>
        #include <poll.h>
        #include <fcntl.h>
        #include <sys/stat.h>
        #include <sys/socket.h>
        #include <sys/ioctl.h>
        #include <sys/eventfd.h>
        #include <sys/mman.h>
        #include <net/if.h>
        #include <linux/ethtool.h>
        #include <linux/netlink.h>
        #include <linux/rtnetlink.h>
        #include <linux/sockios.h>
        #include <linux/if_link.h>
        #include <linux/stat.h>
        #include <linux/bpf.h>
        #include <asm/socket.h>
        #include <sched.h>
        #include <bpf/bpf.h>
        #include <bpf/libbpf.h>
        #include "headstart.h"
        #include "stamp.h"

        """;

    [Fact]
    public void WireStructs_AgainstHeader_HaveTheSameLayout() => AssertCompiles(
        Layout<DestinationKey>("struct hs_destination") + Layout<ConnectionRecord>("struct hs_connection_event") +
        Layout<ListenRecord>("struct hs_listen_event") + Layout<SynIdKey>("struct hs_syn_id") + Layout<ClientKey>("struct hs_client") + Layout<ClientMemory>("struct hs_client_memory") + Layout<StampRecord>("struct hs_stamp") + Layout<HooksConfig>("struct hs_config") +
        Layout<Rate>("struct hs_rate") + Layout<Floor>("struct hs_floor") + Layout<AccessKey>("struct hs_access_key") +
        $"_Static_assert(offsetof(struct hs_connection_event, kind) == {ListenRecord.KindOffset}, \"kind\");\n" +
        $"_Static_assert(HS_SYN_ID_MAX == {SynIdText.Size}, \"id\");\n" +
        $"_Static_assert(HS_SHARED == {KernelHooks.Shared}U, \"shared\");\n" +
        $"_Static_assert(HS_AWAITED_ITSELF == {AwaitedCgroups.Itself} && HS_AWAITED_BELOW == {AwaitedCgroups.Below}, \"awaited\");\n" +
        $"_Static_assert(HS_ANCESTORS == {CgroupAncestors.Count}, \"ancestors\");\n");

    [Fact]
    public void WireEnums_AgainstHeader_HaveTheSameValues() => AssertCompiles(
        Values<Outcome>("HS_OUTCOME_") + Values<HookKind>("HS_HOOK_") + Values<NamedBy>("HS_NAMED_") + Values<SteeringSocket>("HS_SOCKET_") +
        Values<GuardWord>("HS_GUARD_") + $"_Static_assert(HS_GUARDS == {Enum.GetValues<GuardWord>().Length}, \"all guards\");\n" + Values<Verdict>("HS_VERDICT_") +
        Values<Stamped>("HS_STAMPED_") + $"_Static_assert(HS_STAMPEDS == {Enum.GetValues<Stamped>().Length}, \"all stamped\");\n" +
        $"_Static_assert(HS_OUTCOMES == {Enum.GetValues<Outcome>().Length}, \"all outcomes\");\n" +
        $"_Static_assert(HS_SOCKETS == {Enum.GetValues<SteeringSocket>().Length}, \"all sockets\");\n" +
        $"_Static_assert(HS_HOOKS == {Enum.GetValues<HookKind>().Length}, \"all hooks\");\n" +
        $"_Static_assert(HS_KIND_SYN == {(ulong)Triggers.Syn}, \"syn\");\n" +
        $"_Static_assert(HS_KIND_ESTABLISHED == {(ulong)Triggers.Established}, \"established\");\n" +
        $"_Static_assert(HS_KIND_CLIENT_HELLO == {(ulong)Triggers.ClientHello}, \"hello\");\n" +
        $"_Static_assert(HS_KIND_STAY == {(ulong)Triggers.StayAfterSyn}, \"stay\");\n" +
        $"_Static_assert(HS_KIND_LISTEN == {ListenRecord.KindListen}, \"listen\");\n");

    [Fact]
    public void NativeStructs_AgainstSystemHeaders_HaveTheSameLayout() => AssertCompiles(
        Layout<bpf_test_run_opts>("struct bpf_test_run_opts") + Fields<bpf_link_create_opts>("struct bpf_link_create_opts") +
        Fields<bpf_object_open_opts>("struct bpf_object_open_opts") + Layout<bpf_map_batch_opts>("struct bpf_map_batch_opts") + Fields<bpf_prog_load_opts>("struct bpf_prog_load_opts") +
        Layout<global::LibBpf.Native.pollfd>("struct pollfd") + Layout<PollEntry>("struct pollfd") +
        Layout<statx_result>("struct statx") + Layout<ifreq>("struct ifreq") + Layout<ethtool_drvinfo>("struct ethtool_drvinfo") +
        Layout<if_nameindex_entry>("struct if_nameindex") +
        Layout<sockaddr_nl>("struct sockaddr_nl") + Layout<nlmsghdr>("struct nlmsghdr") + Layout<ifinfomsg>("struct ifinfomsg") + Layout<rtattr>("struct rtattr") +
        $"_Static_assert(sizeof(struct nlmsghdr) == {Netlink.HeaderSize} && sizeof(struct ifinfomsg) == {Netlink.InterfaceSize} && sizeof(struct rtattr) == {Netlink.AttributeSize}, \"netlink\");\n");

    [Fact]
    public void NativeConstants_AgainstSystemHeaders_HaveTheSameValues() => AssertCompiles(
        Constants(typeof(NetDevice)) + Constants(typeof(LibCFlags)) + Constants(typeof(NativeLibCFlags)) + Constants(typeof(BpfFlags)) +
        Values<BpfProgramType>("") + Values<BpfAttachType>("") + Values<BpfMapType>("") + Values<BpfHelper>(""));

    [Fact]
    public void AssertCompiles_WrongOffset_Fails() =>
        Assert.Contains("static_assert failed", Compile("_Static_assert(offsetof(struct hs_destination, port) == 17, \"port\");\n"), StringComparison.Ordinal);

    private static string Layout<T>(string name) where T : unmanaged =>
        $"_Static_assert(sizeof({name}) == {Unsafe.SizeOf<T>()}, \"{name}\");\n" + Fields<T>(name);

    private static string Fields<T>(string name) where T : unmanaged
    {
        var text = new StringBuilder();
        foreach (var field in typeof(T).GetFields(BindingFlags.Instance | BindingFlags.Public))
        {
            var member = char.IsUpper(field.Name[0]) ? JsonNamingPolicy.SnakeCaseLower.ConvertName(field.Name) : field.Name;
            var offset = Marshal.OffsetOf<T>(field.Name);
            text.Append($"_Static_assert(offsetof({name}, {member}) == {offset}, \"{name}.{member}\");\n");
            text.Append($"_Static_assert(sizeof((({name} *)0)->{member}) == {SizeOf(field)}, \"size of {name}.{member}\");\n");
        }
        return text.ToString();
    }

    private static int SizeOf(FieldInfo field) => field.FieldType switch
    {
        { IsPointer: true } => nint.Size,
        var type when field.GetCustomAttribute<FixedBufferAttribute>() is { } buffer => buffer.Length * Marshal.SizeOf(buffer.ElementType),
        var type => (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!,
    };

    private static string Values<T>(string prefix) where T : struct, Enum => string.Concat(
        from value in Enum.GetValues<T>()
        let name = prefix.Length == 0 ? value.ToString() : prefix + JsonNamingPolicy.SnakeCaseUpper.ConvertName(value.ToString())
        select $"_Static_assert({name} == {Convert.ToInt64(value)}, \"{name}\");\n");

    private static string Constants(Type type) => string.Concat(
        from field in type.GetFields(BindingFlags.Static | BindingFlags.NonPublic)
        where field.IsLiteral && field.FieldType != typeof(string)
        select $"_Static_assert({field.Name} == {field.GetRawConstantValue()}, \"{field.Name}\");\n");

    private static void AssertCompiles(string asserts)
    {
        Assert.Contains("_Static_assert", asserts, StringComparison.Ordinal);
        Assert.Equal("", Compile(asserts));
    }

    private static string Compile(string asserts) => Clang.Check("#define _GNU_SOURCE\n" + Preamble + asserts, $"-I{KernelSources()}");

    /// <summary>bpf/ of the repository, looked for from the test's own directory upwards.</summary>
    private static string KernelSources()
    {
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (File.Exists(Path.Combine(directory, "bpf", "headstart.h")))
            {
                return Path.Combine(directory, "bpf");
            }
        }
        throw new DirectoryNotFoundException("bpf/headstart.h is not above the tests.");
    }
}
