using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Gateway.Lab.Networking;
using Gateway.Lab.Processes;

namespace Gateway.Lab.Linking;

/// <summary>
/// A cable between two namespaces that takes time: a TAP device in each, and a process of its own that passes frames
/// after the one-way delay. The kernel's real TCP stack is at both ends; the round trip is twice the delay.
/// </summary>
public sealed class DelayedLink : IAsyncDisposable
{
    private static readonly TimeSpan s_answerTimeout = TimeSpan.FromSeconds(10);

    private readonly LabProcess _worker;
    private int _requests;

    private DelayedLink(LabProcess worker, LinkEnd client, LinkEnd server)
    {
        _worker = worker;
        Client = client;
        Server = server;
    }

    public LinkEnd Client { get; }

    public LinkEnd Server { get; }

    /// <summary>One way; the round trip is twice this.</summary>
    public TimeSpan Delay { get; private set; }

    /// <summary>The process that passes the frames.</summary>
    public int ProcessId => _worker.Id;

    /// <param name="delay">One way, 0 to 10 seconds.</param>
    /// <exception cref="LabException">There is no TAP device to be had, or the subnet is in use in one of the namespaces.</exception>
    public static async Task<DelayedLink> CreateAsync(
        NetworkNamespace client, NetworkNamespace server, TimeSpan delay, DelayedLinkOptions? options = null)
    {
        options ??= new DelayedLinkOptions();
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)options.Subnet, 511u, nameof(options));
        var (near, far) = (LinkAddressing.Client(client, options.Subnet), LinkAddressing.Server(server, options.Subnet));
        var worker = LabProcess.Start(LabExecutable.Command("link", client.Path, near.Device, server.Path, far.Device));
        try
        {
            await worker.WaitForLineAsync(line => line == "ready", options.StartTimeout);
            await Task.WhenAll(LinkAddressing.ConfigureAsync(near, far, options.IsBare), LinkAddressing.ConfigureAsync(far, near, options.IsBare));
            var link = new DelayedLink(worker, near, far);
            await link.WarmUpAsync();
            await link.SetDelayAsync(delay);
            await link.ResetStatisticsAsync();
            return link;
        }
        catch
        {
            await worker.DisposeAsync();
            throw;
        }
    }

    /// <summary>Changes the delay, for the frames under way too; they stay in order. A shorter one makes those that are due by it late.</summary>
    /// <param name="delay">One way, 0 to 10 seconds.</param>
    public async Task SetDelayAsync(TimeSpan delay)
    {
        await AskAsync($"delay {Nanoseconds(delay)}");
        Delay = delay;
    }

    public async Task<LinkStatistics> GetStatisticsAsync() =>
        JsonSerializer.Deserialize<LinkStatistics>(await AskAsync("stats"))!;

    /// <summary>Counts from zero, so that one measurement can be judged by itself.</summary>
    public Task ResetStatisticsAsync() => AskAsync("reset");

    /// <summary>Takes the devices away and ends the process.</summary>
    public ValueTask DisposeAsync() => _worker.DisposeAsync();

    private async Task<string> AskAsync(string request)
    {
        var id = Interlocked.Increment(ref _requests).ToString(CultureInfo.InvariantCulture) + " ";
        await _worker.StandardInput.WriteLineAsync(id + request);
        await _worker.StandardInput.FlushAsync();
        return (await _worker.WaitForLineAsync(line => line.StartsWith(id, StringComparison.Ordinal), s_answerTimeout))[id.Length..];
    }

    /// <summary>
    /// Connects to a closed port a few times: the first frame would otherwise pay for the compilation of the code it
    /// passes through, several milliseconds. Once with no delay, then with one, for these are different paths.
    /// </summary>
    private async Task WarmUpAsync()
    {
        TimeSpan[] delays = [TimeSpan.Zero, TimeSpan.FromMilliseconds(1)];
        foreach (var delay in delays)
        {
            await SetDelayAsync(delay);
            for (var i = 0; i < 3; i++)
            {
                await ConnectRefusedAsync();
            }
        }
    }

    private async Task ConnectRefusedAsync()
    {
        try
        {
            // Port 1 (tcpmux, RFC 1078): nothing in a lab listens there.
            (await Client.Namespace.ConnectAsync(new IPEndPoint(Server.Address, 1))).Dispose();
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
        {
            // The RST is the answer that was wanted.
        }
    }

    private static string Nanoseconds(TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(delay, TimeSpan.FromSeconds(10));
        return (delay.Ticks * TimeSpan.NanosecondsPerTick).ToString(CultureInfo.InvariantCulture);
    }
}
