using System.Net;
using System.Net.Sockets;
using Docker.DotNet;
using Docker.DotNet.Models;
using Gateway.Model;

namespace Gateway.Runtimes.Engines.Gates;

/// <summary>Speaks with the gates, and asks the engine whether they wait.</summary>
internal sealed partial class GatePorts
{
    /// <summary>The longest time that a gate which waits is tried to be told. It is a few milliseconds and two round trips, unless others keep its port busy.</summary>
    private static readonly TimeSpan TellLimit = TimeSpan.FromSeconds(5);

    /// <summary>The first pause between two questions whether a gate waits. Each further one is twice as long. Mostly it does when the engine has answered the start.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);

    public async Task<bool> AwaitAsync(Container container, TimeSpan limit, CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        for (var pause = FirstPause; ; pause *= 2)
        {
            switch (await FindAsync(container.Id, cancellationToken))
            {
                case true:
                    return true;
                case null:
                    return false;
            }

            if (_time.GetElapsedTime(began) + pause > limit)
            {
                return false;
            }

            // No engine tells of what a container's program does, such as to listen.
            await Task.Delay(pause, _time, cancellationToken);
        }
    }

    public async ValueTask<bool> IsWaitingAsync(Container container, CancellationToken cancellationToken)
    {
        if (await FindAsync(container.Id, cancellationToken) != true)
        {
            return false;
        }

        // Read now if an earlier gateway has put it there, so that a wake needs no call to the engine.
        await SecretAsync(container.Id, cancellationToken);
        return true;
    }

    public async ValueTask<bool> TryTellAsync(Container container, IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(TellLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            for (var pause = FirstPause; !await KnockAsync(endpoint, await SecretAsync(container.Id, either.Token), either.Token); pause *= 2)
            {
                // Somebody else has told it to go, or has kept the port busy, or has put another word there, which is read anew.
                _words.TryRemove(container.Id, out _);
                if (!await IsWaitingAsync(container, either.Token))
                {
                    return false;
                }

                // Whoever refuses on that port does not say when it will not, and each question costs the engine's machine a process.
                await Task.Delay(pause, _time, either.Token);
            }

            return true;
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RuntimeException($"the gate of container {container.Id[..12]} cannot be told to go at {endpoint} within {TellLimit.TotalSeconds:0} s; see whether this machine reaches that address", exception);
        }
    }

    public async ValueTask<IDisposable?> TellAheadAsync(Container container, IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        // Nothing has to be ahead: an engine reports a start when the container's first program has been executed.
        if (await IsWaitingAsync(container, cancellationToken))
        {
            await TryTellAsync(container, endpoint, cancellationToken);
        }

        return null;
    }

    /// <summary>Returns true if the container's gate waits, false if something else runs in the container, and null if nothing does.</summary>
    /// <exception cref="GateRefusedException">The engine does not say what runs in a container.</exception>
    private async Task<bool?> FindAsync(string container, CancellationToken cancellationToken)
    {
        try
        {
            var which = new ContainerListProcessesParameters { PsArgs = _engine.Dialect.ProcessColumns };
            var found = await _engine.CallAsync(client => client.Containers.ListProcessesAsync(container, which, cancellationToken), cancellationToken);
            // The engine's init has the gate's path in its own command, but not at the beginning.
            return found.Processes?.Any(process => process is [.., var command] && command.StartsWith($"{GateArchive.Program} ", StringComparison.Ordinal)) == true;
        }
        catch (DockerApiException refusal)
        {
            return await RunsAsync(container, cancellationToken)
                ? throw new GateRefusedException($"the engine does not say what runs in a container ({EngineErrors.Message(refusal)})", refusal)
                : null;
        }
    }

    private async Task<bool> RunsAsync(string container, CancellationToken cancellationToken)
    {
        try
        {
            var found = await _engine.CallAsync(client => client.Containers.InspectContainerAsync(container, cancellationToken), cancellationToken);
            return found.State is { Running: true };
        }
        catch (DockerApiException)
        {
            return false;
        }
    }

    /// <summary>Sends the secret. Returns true if the gate has answered: it has let its program through, and does not listen any more.</summary>
    private static async Task<bool> KnockAsync(IPEndPoint endpoint, ReadOnlyMemory<byte> secret, CancellationToken cancellationToken)
    {
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endpoint, cancellationToken);
            await socket.SendAsync(secret, cancellationToken);
            // The gate waits for the end of what is said, so that the connection ends on this side first and leaves nothing on the program's port.
            socket.Shutdown(SocketShutdown.Send);
            var answer = new byte[1];
            return await socket.ReceiveAsync(answer, cancellationToken) == 1 && answer[0] == Go;
        }
        catch (SocketException)
        {
            return false;
        }
        finally
        {
            // The rest of the start comes next.
            await PoolThread.EnterAsync();
        }
    }
}
