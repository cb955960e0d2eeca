using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>One of the proxies that are compared, while it runs. Owns its process.</summary>
/// <param name="name"><c>gateway</c>, <c>yarp</c>, <c>nginx</c> or <c>haproxy</c>.</param>
/// <param name="ports">The ports that it listens on.</param>
/// <param name="processId">The id of the one process that does the work.</param>
/// <param name="owned">What to dispose of, in this order.</param>
/// <param name="probe">The allocation probe's socket, in a .NET subject.</param>
internal sealed class WarmSubject(string name, WarmPorts ports, int processId, IReadOnlyList<IAsyncDisposable> owned, string? probe = null) : IAsyncDisposable
{
    public string Name => name;

    public WarmPorts Ports => ports;

    /// <summary>Whether it is compiled while it runs, so that it needs load before it is measured.</summary>
    public bool IsDotnet => probe is not null;

    /// <summary>The processor time since its start, in seconds.</summary>
    public double CpuSeconds() => CpuTime.Seconds(processId);

    /// <summary>The bytes allocated since its start; null if it has no garbage collector.</summary>
    public async Task<long?> AllocatedAsync(CancellationToken cancellationToken)
    {
        if (probe is null)
        {
            return null;
        }

        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(probe), cancellationToken);
        await using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return long.Parse(await reader.ReadToEndAsync(cancellationToken), CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in owned)
        {
            await one.DisposeAsync();
        }
    }

    /// <summary>
    /// Environment for a .NET program that is to tell what it allocates, and to compile as soon as it does on more than one core: on a single
    /// one the runtime puts that off by ten times as long (DOTNET_TC_DelaySingleProcMultiplier of clrconfignames.h), into somebody else's turn.
    /// </summary>
    public static IReadOnlyDictionary<string, string?> Probed(string socket) => new Dictionary<string, string?>
    {
        ["DOTNET_TC_DelaySingleProcMultiplier"] = "1",
        ["DOTNET_STARTUP_HOOKS"] = PublishedPrograms.AllocationProbe,
        ["HEADSTART_PROBE"] = socket,
    };
}
