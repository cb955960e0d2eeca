using System.Net;
using System.Net.Sockets;
using Gateway.Configuration;
using Gateway.Readiness;

namespace Gateway.Signals.Direct.Bridged;

/// <summary>
/// Keeps the gateway's own table of nftables, by which the kernel forwards new connections to containers. What is asked for is done in its order, one after another, in the background.
/// Nothing of anybody else's is changed, but for a rule in <see cref="PacketFilters.UserChain"/> for each address and container, where Docker drops everything else. Thread safe.
/// </summary>
internal sealed class BridgeTable(GatewayOptions options, TimeProvider time, ILogger<BridgeTable> logger) : IAsyncDisposable
{
    /// <summary>How long is waited before connections are turned back once more, after that has failed.</summary>
    private static readonly TimeSpan s_again = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly string _name = BridgeScript.NameOf(options.Name);
    private Task _last = Task.CompletedTask;
    private bool _isAskedFor;

    // What follows is used by one step at a time.
    private readonly Dictionary<ListenAddress, BridgedProgram> _programs = [];
    private readonly HashSet<(int Port, IPEndPoint Program)> _accepted = [];
    private IReadOnlyCollection<ListenAddress> _kept = [];
    private bool _isMade, _hasRemoved;

    private volatile bool _isOver;

    /// <summary>
    /// Makes the table, unless it is made, with nothing to forward: from here on conntrack knows each connection, so that no handshake with the gateway is half over when its address is handed
    /// over. What another gateway of this name has left is removed. Without nft, nothing is done.
    /// </summary>
    /// <param name="kept">All addresses of the gateway.</param>
    public void Begin(IReadOnlyCollection<ListenAddress> kept) => _ = Add(async () =>
    {
        var isOther = !_kept.SequenceEqual(kept);
        _kept = kept;
        if ((!_isMade || isOther) && NetfilterTool.Has(NetfilterTool.Nft))
        {
            await WriteAsync();
        }
    });

    /// <summary>Removes what another gateway of this name has left, unless that has been done.</summary>
    public void Clear() => _ = Add(() => _isMade || _hasRemoved || !NetfilterTool.Has(NetfilterTool.Nft) ? Task.CompletedTask : RemoveAsync());

    /// <summary>Forwards new connections from here on.</summary>
    /// <param name="addresses">The addresses that clients dial.</param>
    /// <param name="program">Where they are forwarded to.</param>
    /// <returns>A task that returns null when it is done, or why it could not be done, as a clause without a full stop.</returns>
    public Task<string?> ForwardAsync(IReadOnlyList<ListenAddress> addresses, BridgedProgram program)
    {
        var done = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var step = Add(async () => done.TrySetResult(await ForwardNowAsync(addresses, program)));
        // Whatever becomes of the step, somebody waits for this.
        _ = step.ContinueWith(_ => done.TrySetResult("the rules that it takes could not be written"), TaskScheduler.Default);
        return done.Task;
    }

    /// <summary>Turns addresses back to the gateway.</summary>
    /// <returns>A task that ends when no connection that begins from then on is forwarded. If the kernel refuses, it is asked again until it does not.</returns>
    public Task TurnBackAsync(IReadOnlyList<ListenAddress> addresses) => Add(async () =>
    {
        foreach (var address in addresses)
        {
            _programs.Remove(address);
        }

        while (!_isOver && await WriteAsync() is { } why)
        {
            KernelLog.NotTurnedBack(logger, string.Join(", ", addresses), why);
            await Task.Delay(s_again, time);
        }
    });

    /// <summary>Forgets a program that has ended: what clients still send it is answered with a reset, and nothing is let through to whoever has its address next.</summary>
    public void Forget(IPEndPoint program, IReadOnlyCollection<int> ports) => _ = Add(async () =>
    {
        try
        {
            TrackedConnections.Forget(TrackedConnections.All().Where(connection => connection.Program.Equals(program) && ports.Contains(connection.Port)));
        }
        catch (SocketException error)
        {
            KernelLog.NotForgotten(logger, $"{program}", error.Message.TrimEnd('.'));
        }

        foreach (var accepted in _accepted.Where(accepted => accepted.Program.Equals(program)).ToArray())
        {
            await NetfilterTool.RunAsync(NetfilterTool.Iptables, ["-w", "-D", .. BridgeScript.Accept(_name, accepted.Port, program)]);
            _accepted.Remove(accepted);
        }
    });

    /// <summary>Does nothing any more: the table, which has the gateway's name, is the next gateway's from here on.</summary>
    public void Leave() => _isOver = true;

    /// <summary>Removes the table. The connections that were forwarded go on, as long as somebody's rules have the kernel rewrite addresses, as the engine's own do.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isAskedFor)
        {
            await Add(async () =>
            {
                if (_isMade)
                {
                    await RemoveAsync();
                }

                _isOver = true;
            });
        }
    }

    private Task Add(Func<Task> step)
    {
        lock (_gate)
        {
            _isAskedFor = true;
            return _last = RunAsync(_last, step);
        }
    }

    private async Task RunAsync(Task before, Func<Task> step)
    {
        // Whoever asks has locks of its own.
        await Task.Yield();
        await before;
        if (_isOver)
        {
            return;
        }

        try
        {
            await step();
        }
        catch (Exception error)
        {
            KernelLog.NotForgotten(logger, _name, error.Message.TrimEnd('.'));
        }
    }

    private async Task<string?> ForwardNowAsync(IReadOnlyList<ListenAddress> addresses, BridgedProgram program)
    {
        if (await AcceptAsync(addresses, program.Endpoint) is { } why)
        {
            return why;
        }

        foreach (var address in addresses)
        {
            _programs[address] = program;
        }

        return await WriteAsync();
    }

    // Somebody may have flushed all rules of the machine: then the table is made anew.
    private async Task<string?> WriteAsync()
    {
        var content = new BridgeContent(_programs, _kept);
        if (_isMade && (await NftAsync(BridgeScript.Fill(_name, content))).Error is null)
        {
            return null;
        }

        if (!_isMade && !_hasRemoved)
        {
            await RemoveAcceptedAsync();
        }

        var (_, error) = await NftAsync(BridgeScript.Make(_name, content));
        _isMade |= error is null;
        return error;
    }

    private async Task<string?> AcceptAsync(IReadOnlyList<ListenAddress> addresses, IPEndPoint program)
    {
        var (rules, _) = await NetfilterTool.RunAsync(NetfilterTool.Nft, ["-j", "list", "ruleset"]);
        if (rules.Length == 0 || !new PacketFilters(rules).HasUserChain)
        {
            return null;
        }

        foreach (var port in addresses.Select(static address => address.Port).Distinct())
        {
            var rule = BridgeScript.Accept(_name, port, program);
            if ((await NetfilterTool.RunAsync(NetfilterTool.Iptables, ["-w", "-C", .. rule])).Error is not null
                && (await NetfilterTool.RunAsync(NetfilterTool.Iptables, ["-w", "-I", .. rule])).Error is { } why)
            {
                return $"what Docker drops could not be let through: {why}";
            }

            _accepted.Add((port, program));
        }

        return null;
    }

    private async Task RemoveAsync()
    {
        await NftAsync(BridgeScript.Remove(_name));
        await RemoveAcceptedAsync();
        (_isMade, _hasRemoved) = (false, true);
    }

    // By their comment, so that those of a gateway that was killed go too.
    private async Task RemoveAcceptedAsync()
    {
        _hasRemoved = true;
        _accepted.Clear();
        var (listed, _) = await NetfilterTool.RunAsync(NetfilterTool.Iptables, ["-w", "-S", PacketFilters.UserChain]);
        foreach (var words in listed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Replace("\"", "", StringComparison.Ordinal).Split(' ')))
        {
            if (words[0] == "-A" && Array.IndexOf(words, "--comment") is >= 0 and var at && at + 1 < words.Length && words[at + 1] == _name)
            {
                await NetfilterTool.RunAsync(NetfilterTool.Iptables, ["-w", "-D", .. words[1..]]);
            }
        }
    }

    private static Task<(string Output, string? Error)> NftAsync(string script) => NetfilterTool.RunAsync(NetfilterTool.Nft, ["-f", "-"], script);
}
